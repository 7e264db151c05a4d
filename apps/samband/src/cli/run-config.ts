import { resolve } from 'node:path'
import { connectors } from '@samband/connectors'
import { type LoadedRoute, loadRoutes } from '@samband/engine'
import { toSambandError } from '@samband/errors'
import { checkConfig, type ConfigCheck } from '../config/check/check-config.ts'
import { type Finding, formatFinding } from '../config/check/finding.ts'
import { configKeys, otherVariables } from '../config/environment.ts'
import type { Deployment } from '../config/examine-config.ts'
import { importConfig, readConfig } from '../config/load-config.ts'
import { configSchema } from '../config/schema.ts'
import { type ResolvedSetting, resolvedSettings, type ShownSetting, writtenSettings } from '../config/show-config.ts'
import type { CheckOptions, ConfigOptions, ShowOptions } from './commands/config.ts'
import { type ConfigPlace, environmentOf } from './config-place.ts'
import { CliError, configurationError, type ExitCode, exitCodes } from './exit-codes.ts'
import { type Column, jsonRow, type Output, rows, terminalOutput } from './output.ts'

/** Problems on stdout as rows with --json, else as lines on stderr. */
export async function runCheck(place: ConfigPlace, options: CheckOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  const { findings, deployment, routes } = await checkedConfig(place, options, output)
  const problems = findings.filter(({ kind }) => kind === 'problem')
  if (output.json) for (const finding of findings) await jsonRow(output, findingRow(finding))
  else for (const finding of findings) output.note(`  ${finding.kind}: ${formatFinding(finding)}`)
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    if (!output.json) output.note(`samband: ${place.file} has ${count}`)
    return exitCodes.configuration
  }
  const facts = `${routes.length} routes, ${Object.keys(deployment.endpoints).length} endpoints`
  const where = deployment.environment === undefined ? '' : ` for ${deployment.environment}`
  if (!output.json) await output.write(`${deployment.file} is good${where}: ${facts}.\n`)
  return exitCodes.ok
}

async function checkedConfig(place: ConfigPlace, options: CheckOptions, output: Output): Promise<ConfigCheck> {
  const env = environmentOf(options)
  try {
    return await checkConfig({ ...place, env, connectors, now: new Date(), askVaults: options.askVaults === true })
  } catch (thrown) {
    if (thrown instanceof CliError && output.json) {
      const { code, message: text } = thrown
      await jsonRow(output, findingRow({ kind: 'problem', code, text }))
    }
    throw thrown
  }
}

function findingRow({ kind, code, path, text }: Finding): object {
  const shown = formatFinding({ kind, code, text, ...(path === undefined ? {} : { path }) })
  return { kind, code, path: path ?? null, text: shown }
}

export async function runShow(place: ConfigPlace, options: ShowOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  if (options.resolved === true) {
    const deployment = await readConfig({ ...place, env: environmentOf(options) })
    const routes = await routesIfLoadable(deployment, output)
    await rows(output, resolvedSettings({ deployment, routes, connectors }), resolvedColumns, '')
    return exitCodes.ok
  }
  const exported = await importConfig(resolve(place.file))
  if (typeof exported !== 'object' || exported === null) {
    throw configurationError(`${place.file} must have a default export: export default defineConfig({ ... })`)
  }
  await rows(output, writtenSettings({ ...exported }), writtenColumns, 'Nothing is written.')
  return exitCodes.ok
}

/** Only for the defaults that connectors add: a route that does not load must not hide the configuration. */
async function routesIfLoadable({ routes }: Deployment, output: Output): Promise<readonly LoadedRoute[]> {
  try {
    return (await Promise.all(routes.map(folder => loadRoutes(folder)))).flat()
  } catch (thrown) {
    output.note(
      `samband: without the defaults of endpoints, as a route cannot be loaded: ${toSambandError(thrown).message}`,
    )
    return []
  }
}

const valueColumn: Column<ShownSetting> = {
  title: 'Value',
  value: ({ value }) => (value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)),
}

const writtenColumns: readonly Column<ShownSetting>[] = [{ title: 'Key', value: ({ key }) => key }, valueColumn]

const resolvedColumns: readonly Column<ResolvedSetting>[] = [
  { title: 'Key', value: ({ key }) => key },
  { title: 'From', value: ({ from }) => from },
  valueColumn,
]

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
