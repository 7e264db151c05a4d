import { SambandError } from '@samband/errors'
import { loadConfig } from '../config/load-config.ts'
import { runsFolders } from '../deploy/start-rule.ts'
import { banner } from '../server/banner.ts'
import { type RunningServer, startServer } from '../server/start-server.ts'
import { sambandVersion } from '../version.ts'
import type { StartOptions } from './commands/start.ts'
import { configPlace, environmentOf as placeEnvironment } from './config-place.ts'
import { type CliError, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, terminalOutput } from './output.ts'
import { startError } from './start-error.ts'

/** A second Ctrl-C, or a stop that hangs in spite of its limits, ends the process. */
const stopWithinMs = 12_000

/** Runs until it is told to stop. Resolves when everything is stopped. */
export async function runStart(options: StartOptions): Promise<void> {
  const output = terminalOutput({ json: options.json === true })
  const env = environmentOf(options)
  // Ctrl-C during the start stops what is there by then.
  const stopRequest = listenForStop()
  output.progress('  reading the configuration …')
  const place = configPlace(options)
  const config = await loadConfig({ ...place, env })
  if (options.watch === true && !runsFolders(config.environment)) throw watchElsewhere(config.environment)
  let server: RunningServer
  try {
    server = await startServer({
      config,
      place,
      version: sambandVersion(),
      env,
      consoleFolder: options.console ? buildConsole(output.note) : undefined,
      companionArgs: companionArgs(options),
      adoptFolders: options.deploy === true,
      watch: options.watch === true,
      terminal: output.note,
      progress: text => output.progress(`  ${text} …`),
      onFatal: stopRequest.fatal,
    })
  } catch (error) {
    output.progress('')
    throw startError(error)
  }
  output.progress('')
  if (options.json === true) {
    const { url, fhirUrl, database, data, routes, sources, processes, firstLogin = null } = server
    await jsonRow(output, { url, fhirUrl, data, database, routes, sources, processes, firstLogin, pid: process.pid })
  } else {
    const seconds = process.uptime()
    output.note(banner({ server, name: config.name, version: sambandVersion(), seconds, colours: output.isTerminal }))
  }
  const why = await stopRequest.asked
  if (why.kind === 'signal') output.note('  Stopping: finishing what is under way. Ctrl-C again stops at once.')
  await stopNow(server)
  if (why.kind === 'fatal') {
    throw new SambandError({ code: 'part-ended', category: 'unavailable', message: why.text })
  }
  output.note('  Stopped.')
  process.exit(exitCodes.ok)
}

async function stopNow(server: RunningServer): Promise<void> {
  const timer = setTimeout(() => process.exit(exitCodes.failure), stopWithinMs)
  timer.unref()
  await server.stop()
  clearTimeout(timer)
}

type StopReason = { readonly kind: 'signal' } | { readonly kind: 'fatal'; readonly text: string }

function listenForStop(): { readonly asked: Promise<StopReason>; readonly fatal: (why: string) => void } {
  const { promise, resolve } = Promise.withResolvers<StopReason>()
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(exitCodes.interrupted)
      resolve({ kind: 'signal' })
    })
  }
  return { asked: promise, fatal: text => resolve({ kind: 'fatal', text }) }
}

function watchElsewhere(environment = ''): CliError {
  return usageError(`--watch is for development: in the environment '${environment}' routes change by samband apply`)
}

/** Options that win over the file and the environment are put into the latter. */
function environmentOf(options: StartOptions): Readonly<Record<string, string | undefined>> {
  const { data, port, processes } = options
  return {
    ...placeEnvironment(options),
    ...(data === undefined ? {} : { SAMBAND_DATA: data }),
    ...(port === undefined ? {} : { SAMBAND_HTTP_PORT: String(port) }),
    ...(processes === undefined ? {} : { SAMBAND_PROCESSES: String(processes) }),
  }
}

function companionArgs({ speed, faults }: StartOptions): string[] {
  return [
    ...(speed === undefined ? [] : ['--speed', String(speed)]),
    ...(faults === undefined ? [] : ['--faults', faults]),
  ]
}

/** A console that cannot be built is no reason not to run the hospital's messages. */
async function buildConsole(note: (text: string) => void): Promise<string | undefined> {
  try {
    const { ensureConsoleBuild } = await import('@samband/console/ensure-build')
    return await ensureConsoleBuild({ log: () => {} })
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.split('\n').slice(0, 3).join(' ') : String(thrown)
    note(`samband: the console is not served: ${reason}`)
    return undefined
  }
}
