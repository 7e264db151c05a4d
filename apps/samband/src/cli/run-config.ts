import { connectors } from '@samband/connectors'
import { loadRoutes } from '@samband/engine'
import { checkRoutes } from '../config/check-routes.ts'
import { configKeys, otherVariables } from '../config/environment.ts'
import { type Deployment, loadConfig } from '../config/load-config.ts'
import { configSchema } from '../config/schema.ts'
import { formatSchemaIssue } from '@samband/operations'
import type { ConfigOptions } from './commands/config.ts'
import type { ConfigPlace } from './commands/start.ts'
import { CliError, type ExitCode, exitCodes } from './exit-codes.ts'
import { type Column, jsonRow, type Output, rows, terminalOutput } from './output.ts'

/** Problems on stdout as rows with --json, else as lines on stderr. */
export async function runCheck(place: ConfigPlace, options: ConfigOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  let config: Deployment
  try {
    config = await loadConfig({ ...place, env: process.env })
  } catch (thrown) {
    if (!(thrown instanceof CliError) || !output.json) throw thrown
    const lines = thrown.details.length > 0 ? thrown.details : [thrown.message]
    return await problemRows(output, lines, [])
  }
  const routes = (await Promise.all(config.routes.map(folder => loadRoutes(folder)))).flat()
  const { issues, warnings } = checkRoutes(routes, config.endpoints, connectors)
  const problems = issues.map(formatSchemaIssue)
  const notes = [...config.warnings, ...warnings]
  if (output.json) return await problemRows(output, problems, notes)
  for (const text of problems) output.note(`  problem: ${text}`)
  for (const text of notes) output.note(`  note: ${text}`)
  const facts = `${routes.length} routes, ${Object.keys(config.endpoints).length} endpoints`
  if (problems.length === 0) {
    await output.write(`${config.file} is good: ${facts}.\n`)
    return exitCodes.ok
  }
  output.note(`samband: ${config.file} has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
  return exitCodes.configuration
}

async function problemRows(output: Output, problems: readonly string[], notes: readonly string[]): Promise<ExitCode> {
  for (const text of problems) await jsonRow(output, { kind: 'problem', text })
  for (const text of notes) await jsonRow(output, { kind: 'note', text })
  return problems.length === 0 ? exitCodes.ok : exitCodes.configuration
}

type SettingRow = { readonly key: string; readonly value: unknown; readonly from: string }

export async function runShow(place: ConfigPlace, options: ConfigOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  const config = await loadConfig({ ...place, env: process.env })
  const settings: SettingRow[] = configKeys(configSchema)
    .filter(({ path }) => !path.startsWith('limits.') || valueAt(config, path) !== undefined)
    .map(({ path, env, secret, default: standard }) => {
      const value = path === 'capabilities' ? Object.keys(config.capabilities ?? {}) : valueAt(config, path)
      const fromEnvironment = env !== undefined && (process.env[env] ?? '') !== ''
      const from = fromEnvironment ? env : JSON.stringify(value) === standard ? 'default' : 'file'
      return {
        key: path,
        value: secret && value !== undefined ? '(secret)' : (value ?? null),
        from: value === undefined ? '' : from,
      }
    })
  await rows(output, settings, settingColumns, '')
  return exitCodes.ok
}

const settingColumns: readonly Column<SettingRow>[] = [
  { title: 'Key', value: ({ key }) => key },
  { title: 'From', value: ({ from }) => from },
  {
    title: 'Value',
    value: ({ value }) => (value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)),
  },
]

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), config)
}

type VariableRow = {
  readonly name: string
  readonly key: string | null
  readonly default: string | null
  readonly text: string
}

/** For `config variables` and for the handbook. */
export function variableRows(): VariableRow[] {
  const ofKeys = configKeys(configSchema).flatMap(({ env, path, default: standard, description }) =>
    env === undefined ? [] : [{ name: env, key: path, default: standard ?? null, text: description }],
  )
  return [...ofKeys, ...otherVariables.map(({ name, text }) => ({ name, key: null, default: null, text }))]
}

export async function runVariables(options: ConfigOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  await rows(output, variableRows(), variableColumns, '')
  return exitCodes.ok
}

const variableColumns: readonly Column<VariableRow>[] = [
  { title: 'Variable', value: ({ name }) => name },
  { title: 'Key', value: ({ key }) => key ?? '' },
  { title: 'Default', value: ({ default: standard }) => standard ?? '' },
  { title: 'Meaning', value: ({ text }) => text },
]
