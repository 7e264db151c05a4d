import { rm } from 'node:fs/promises'
import type { ConfigPlace } from '../cli/config-place.ts'
import type { Deployment } from '../config/load-config.ts'
import { type Companion, startCompanion } from './companions.ts'
import { openDataFolder, writeServerFile } from './data-folder.ts'
import { startDatabase } from './database.ts'
import { enginePartWithinMs, engineParts, startEngineProcess } from './engine-process.ts'
import { openLog, type ServerLog } from './log.ts'
import { type Logins, openLogins } from './logins.ts'
import { peersOf } from './processes/peer-place.ts'
import { type RunningEngines, severalProcesses, type StartedParts } from './processes/several-processes.ts'
import { Shutdown } from './shutdown.ts'

export type StartServerOptions = {
  readonly config: Deployment
  /** Where the configuration was read, for processes that read it themselves. */
  readonly place: ConfigPlace
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Resolves with the folder of the built console; undefined: none is served. */
  readonly consoleFolder: Promise<string | undefined> | undefined
  /** On top of what the configuration gives each companion. */
  readonly companionArgs: readonly string[]
  /** The routes folders become the deployment, in every environment. */
  readonly adoptFolders?: boolean
  /** Changes of the routes folders are applied at once. */
  readonly watch?: boolean
  /** Notes and troubles for the person at the terminal, a line each. */
  readonly terminal?: (line: string) => void
  /** What happens now, for the person who waits. */
  readonly progress?: (text: string) => void
  /** Something without which it cannot go on has ended: why. */
  readonly onFatal: (why: string) => void
}

export type RunningServer = {
  readonly url: string
  /** Base of the FHIR server; null: it is off. */
  readonly fhirUrl: string | null
  /** Set on the first start: the administrator that was made. */
  readonly firstLogin: Logins['firstLogin']
  readonly database: { readonly kind: 'embedded' | 'external'; readonly address: string; readonly version: string }
  readonly data: string
  readonly routes: number
  readonly sources: readonly { readonly route: string; readonly address: string; readonly system: string | null }[]
  /** Those that run engines, as they started. */
  readonly processes: RunningEngines['processes']
  /** What the companions say about themselves. */
  readonly companions: readonly string[]
  readonly log: ServerLog
  /** Sources, engine, http, companions, database; each within its time. Never rejects. */
  readonly stop: () => Promise<void>
}

/** The order in which parts stop. What takes messages in stops first, what they are stored in last. */
const stopOrder = [
  ...engineParts,
  'processes',
  'sockets',
  'companions',
  'server-file',
  'logins',
  'database',
  'lock',
  'log',
]

const stopWithinMs: Readonly<Partial<Record<string, number>>> = {
  ...enginePartWithinMs,
  processes: 7_000,
  database: 6_000,
}
const stopWithinDefaultMs = 1_500

/**
 * Everything from the data folder to the open port. What was opened is closed again when a later part fails.
 *
 * @throws SambandError, one line with the setting to change
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  let log: ServerLog | undefined
  const shutdown = new Shutdown(stopOrder, () => log)
  const onStop = (name: string, stop: () => Promise<void>): void =>
    shutdown.add(name, stopWithinMs[name] ?? stopWithinDefaultMs, stop)
  try {
    return await compose(
      options,
      onStop,
      opened => {
        log = opened
      },
      () => shutdown.run(),
    )
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

async function compose(
  options: StartServerOptions,
  onStop: (name: string, stop: () => Promise<void>) => void,
  onLog: (log: ServerLog) => void,
  stop: () => Promise<void>,
): Promise<RunningServer> {
  const { config, version, progress = () => {} } = options
  const folder = await openDataFolder(config.data)
  onStop('lock', folder.release)
  const log = openLog({ folder: folder.log, config: config.log, terminal: options.terminal })
  onLog(log)
  onStop('log', async () => log.close())
  progress(config.database.url === undefined ? 'starting the embedded PostgreSQL' : 'connecting to the database')
  const say = (text: string): void => log.quiet.info('embedded-database', { text })
  const database = await startDatabase({ folder, config, onExit: options.onFatal, say })
  onStop('database', database.stop)
  const { db } = database
  const started = { ...options, log, database, progress, onStop }
  const engines = config.processes === 1 ? await oneProcess(started) : await severalProcesses(started)
  const logins = await openLogins({ db, config })
  onStop('logins', logins.close)
  const companions = await startCompanions(options, log, onStop)
  const { url, fhirUrl, certificate, routes, sources, processes } = engines
  await writeServerFile(folder.serverFile, {
    url,
    token: await logins.localToken(),
    pid: process.pid,
    ...(certificate === undefined ? {} : { certificate }),
  })
  onStop('server-file', async () => await rm(folder.serverFile, { force: true }))
  log.quiet.info('started', { url, routes, processes: processes.length, database: database.kind, version })
  return {
    url,
    fhirUrl,
    firstLogin: logins.firstLogin,
    database: { kind: database.kind, address: db.address, version: database.version },
    data: config.data,
    routes,
    sources,
    processes,
    companions: companions.flatMap(({ text }) => text ?? []),
    log,
    stop,
  }
}

/** The engine in this very process: nothing to supervise, nothing between it and its sockets. */
async function oneProcess(started: StartedParts): Promise<RunningEngines> {
  const { config, watch, terminal = () => {} } = started
  const {
    http,
    fhirUrl = null,
    routes,
    sources,
  } = await startEngineProcess({
    ...started,
    peers: config.peers === undefined ? undefined : peersOf(config.peers, 1),
    adoptFolders: started.adoptFolders ?? false,
    watch: watch === true ? terminal : undefined,
    tellsWarnings: true,
  })
  const { url, certificate } = http
  return { url, fhirUrl, certificate, routes, sources, processes: [{ number: 1, pid: process.pid }] }
}

async function startCompanions(
  { config, companionArgs, progress = () => {} }: StartServerOptions,
  log: ServerLog,
  onStop: (name: string, stop: () => Promise<void>) => void,
): Promise<readonly Companion[]> {
  const running: Companion[] = []
  onStop('companions', async () => {
    await Promise.all(running.map(companion => companion.stop()))
  })
  for (const { file, args } of config.companions) {
    progress(`starting ${file.split('/').slice(-3).join('/')}`)
    running.push(await startCompanion({ file, args: [...args, ...companionArgs], log }))
  }
  return running
}
