import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { type LoadedRoute, loadRoutes } from '@samband/engine'
import { nearest } from '@samband/errors'
import type { KeyedHash } from '@samband/hl7v2'
import type { OperationsClient } from '@samband/operations/client'
import { capabilitiesOf } from '../config/capabilities.ts'
import { developmentEnvironment } from '../config/environments.ts'
import type { Deployment } from '../config/examine-config.ts'
import { readConfig } from '../config/load-config.ts'
import { fixturesFolder } from '../route-tests/fixture.ts'
import { openFixtureShelf } from '../route-tests/fixture-shelf.ts'
import { callsOutside, type Recorded, recordMessage } from '../route-tests/record-messages.ts'
import type { RecordCommandOptions } from './commands/record.ts'
import { configPlace, environmentOf } from './config-place.ts'
import { CliError, configurationError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output } from './output.ts'
import { rulesOf } from './run-hl7.ts'

export type RecordRun = {
  readonly client: OperationsClient
  readonly options: RecordCommandOptions
  readonly output: Output
  readonly route: string
}

/** @throws CliError usage, `route-unknown`, `configuration`, `identifiers-kept` */
export async function runRecord({ client, options, output, route: name }: RecordRun): Promise<ExitCode> {
  assertUsage(options)
  const env = environmentOf(options)
  const deployment = await readConfig({ ...configPlace(options), env })
  const keepIdentifiers = keptBecause(options, deployment)
  const { route, folder } = await routeOf(name, deployment)
  if (callsOutside(route) && options.askCapabilities !== true) {
    throw usageError(
      `the route ${name} calls capabilities: --ask-capabilities asks those of the configuration, with the redacted messages`,
    )
  }
  const fixtures = options.to === undefined ? fixturesFolder(folder) : resolve(options.to)
  const record = {
    client,
    route,
    shelf: await openFixtureShelf(fixtures, name),
    redaction: {
      keyedHash: await keyedHashOf(options.keyFile ?? join(options.data ?? deployment.data, 'redaction.key'), options),
      rules: options.rules === undefined ? [] : await rulesOf(options.rules),
      keepUncovered: options.keepUncovered === true,
    },
    keepIdentifiers,
    force: options.force === true,
    live: callsOutside(route) ? await capabilitiesOf(deployment, env) : undefined,
    now: new Date(),
  }
  const results: Recorded[] = []
  for (const id of await messagesOf(client, name, options)) {
    const result = await recordMessage(record, id)
    await shown(output, result)
    results.push(result)
  }
  return ended(output, results, fixtures, keepIdentifiers)
}

function assertUsage({ last, message, keepIdentifiers, reason, force }: RecordCommandOptions): void {
  if ((last === undefined) === (message === undefined)) throw usageError('say which: --last <n>, or --message <id> ...')
  if (keepIdentifiers === true && (reason === undefined || reason.trim() === '')) {
    throw usageError('--keep-identifiers needs a --reason, which is stored with the fixture')
  }
  if (force === true && keepIdentifiers !== true) {
    throw usageError('--force needs --keep-identifiers: what cannot be read cannot be redacted')
  }
}

function keptBecause({ keepIdentifiers, reason }: RecordCommandOptions, deployment: Deployment): string | undefined {
  if (keepIdentifiers !== true) return undefined
  if (deployment.environment === developmentEnvironment) return reason
  throw new CliError({
    code: 'identifiers-kept',
    exitCode: exitCodes.forbidden,
    message: `--keep-identifiers is for synthetic people, in the environment dev (this is ${deployment.environment ?? 'none'}): a test is no place for a patient`,
  })
}

async function routeOf(
  name: string,
  { routes }: Deployment,
): Promise<{ readonly route: LoadedRoute; readonly folder: string }> {
  const all: { readonly route: LoadedRoute; readonly folder: string }[] = []
  for (const folder of routes) for (const route of await loadRoutes(folder)) all.push({ route, folder })
  const found = all.find(({ route }) => route.definition.name === name)
  if (found !== undefined) return found
  const known = all.map(({ route }) => route.definition.name)
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `, did you mean '${near}'?`
  throw new CliError({
    code: 'route-unknown',
    exitCode: exitCodes.notFound,
    message: `the configuration has no route '${name}'${hint} (there are ${known.join(', ')})`,
  })
}

const pageRows = 200

async function messagesOf(
  client: OperationsClient,
  route: string,
  { last = 0, message }: RecordCommandOptions,
): Promise<readonly number[]> {
  if (message !== undefined) return message
  const ids: number[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(pageRows, last - ids.length)
    const page = await client.searchMessages({ route, limit, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && ids.length < last)
  // The oldest first, as they came.
  return ids.toReversed()
}

const keyBytes = 32
const keyBytesMin = 16

/** The same key gives the same pseudonyms, so that one patient stays one in all fixtures. It is as secret as the patients are. */
async function keyedHashOf(file: string, { keyFile }: RecordCommandOptions): Promise<KeyedHash> {
  const key = await readFile(file).catch(async (cause: unknown) => {
    if (keyFile !== undefined) throw configurationError(`--key-file: cannot read ${file}`, [], cause)
    const made = randomBytes(keyBytes)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, made, { mode: 0o600, flag: 'wx' })
    return made
  })
  if (key.length < keyBytesMin) throw usageError(`the key in ${file} is shorter than ${keyBytesMin} bytes`)
  return text => createHmac('sha256', key).update(text).digest()
}

async function shown(output: Output, result: Recorded): Promise<void> {
  if (output.json) return await jsonRow(output, rowOf(result))
  if (result.kind === 'refused') return output.note(`${result.messageId}: not recorded: ${result.text}`)
  if (result.kind === 'known') return output.note(`${result.messageId}: already there, ${shortly(result.folder)}`)
  const { fixture, uncovered, went } = result
  const { outputs, dropped, failure } = fixture.expected
  const end =
    failure !== null
      ? `fails in ${failure.step}`
      : outputs.length > 0
        ? `${outputs.length} outputs`
        : `${dropped.length} drops`
  await output.write(`${shortly(fixture.folder)}: ${end}\n`)
  if (uncovered.length > 0)
    output.note(`  emptied, as nothing covers them: ${uncovered.join(' ')} (--rules, --keep-uncovered)`)
  if (went === undefined)
    output.note('  not compared with what went out: nothing has, or its calls cannot be asked again')
  else if (went.length === 0) output.note('  the real message would go out as it did')
  else for (const text of went) output.note(`  the real message would go out otherwise than it did: ${text}`)
}

function rowOf(result: Recorded): object {
  if (result.kind !== 'recorded') return result
  const { kind, messageId, fixture, files, uncovered, went } = result
  return {
    kind,
    messageId,
    route: fixture.route,
    name: fixture.name,
    folder: fixture.folder,
    files,
    uncovered,
    went: went ?? null,
  }
}

function ended(
  output: Output,
  results: readonly Recorded[],
  fixtures: string,
  keepIdentifiers: string | undefined,
): ExitCode {
  const count = (kind: Recorded['kind']): number => results.filter(result => result.kind === kind).length
  if (results.length === 0) output.note('samband: there are no such messages')
  if (count('recorded') > 0) {
    output.note(`samband: ${count('recorded')} recorded in ${shortly(fixtures)}. Review them before you commit:`)
    if (keepIdentifiers !== undefined)
      output.note('  they hold everything that the messages held; who they are about must not be real')
    else output.note('  free text and rare combinations of codes, times and places may still tell who somebody is')
    output.note('  what is expected was computed from the redacted messages, by the routes on this machine')
  }
  if (count('refused') === 0) return exitCodes.ok
  return count('refused') === results.length ? exitCodes.failure : exitCodes.partial
}

function shortly(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
