import { connectors, hl7v2 } from '@samband/connectors'
import { type EngineOptions, startEngine } from '@samband/engine'
import { loadMasterKey, openKeyRing } from '@samband/store'
import { capabilitiesOf } from '../config/capabilities.ts'
import { checkRoutes } from '../config/check-routes.ts'
import { type Deployment, problems } from '../config/load-config.ts'
import { Deployments } from '../deploy/deployments.ts'
import { FolderWatch } from '../deploy/folder-watch.ts'
import { type OpenAccess, openAccessPort } from './access.ts'
import { type Companion, startCompanion } from './companions.ts'
import { openDataFolder, writeServerFile } from './data-folder.ts'
import { databaseFacts, startDatabase } from './database.ts'
import { startHttpServer } from './http-server.ts'
import { openLog, type ServerLog } from './log.ts'
import { retentionOf, startRetention } from './retention.ts'
import { Shutdown } from './shutdown.ts'
import { rm } from 'node:fs/promises'

export type StartServerOptions = {
  readonly config: Deployment
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
  /** Set on the first start: the administrator that was made. */
  readonly firstLogin: OpenAccess['firstLogin']
  readonly database: { readonly kind: 'embedded' | 'external'; readonly address: string; readonly version: string }
  readonly data: string
  readonly routes: number
  readonly sources: readonly { readonly route: string; readonly address: string; readonly system: string | null }[]
  /** What the companions say about themselves. */
  readonly companions: readonly string[]
  readonly log: ServerLog
  /** Sources, engine, http, companions, database; each within its time. Never rejects. */
  readonly stop: () => Promise<void>
}

/** The order in which parts stop. What takes messages in stops first, what they are stored in last. */
const stopOrder = [
  'watch',
  'deployments',
  'retention',
  'engine',
  'http',
  'companions',
  'server-file',
  'access',
  'database',
  'lock',
  'log',
]

const stopWithinMs: Readonly<Record<string, number>> = { engine: 5_000, database: 6_000 }
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
  const { config, env, version, progress = () => {} } = options
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
  progress('preparing the tables')
  const masterKey = await loadMasterKey({ file: config.masterKeyFile, env })
  const keys = await openKeyRing({ db, masterKey, tenant: config.tenant })
  const patientIndex = (patientId: string): number => keys.blindIndex('patient', patientId)
  const access = await openAccessPort({ db, config, patientIndex })
  onStop('access', access.close)
  const deployments = await Deployments.open({ db, config, log, adopt: options.adoptFolders ?? false })
  const { routes } = deployments
  progress('starting the engine')
  const engine = await startEngine({
    db,
    keys,
    tenant: config.tenant,
    routes,
    check: checkAgainst(config, log),
    headers: { hl7v2: hl7v2() },
    connectors,
    endpoints: config.endpoints,
    capabilities: await capabilitiesOf(config, env),
    log,
    limits: config.limits.engine,
    retention: retentionOf(config.retention),
  })
  onStop('engine', () => engine.stop())
  await deployments.attach(engine)
  onStop('deployments', () => deployments.stop())
  const retention = startRetention(config.retention, { engine, pruneAudit: access.pruneAudit, keys, log })
  onStop('retention', retention.stop)
  if (options.consoleFolder !== undefined) progress('preparing the console')
  const http = await startHttpServer({
    config: config.http,
    operations: {
      engine,
      access: access.port,
      deployments,
      version,
      database: databaseFacts(database),
      patientIndex,
      log,
      limits: config.limits.operations,
    },
    consoleFolder: await options.consoleFolder,
  })
  onStop('http', http.stop)
  const companions = await startCompanions(options, log, onStop)
  await writeServerFile(folder.serverFile, {
    url: http.url,
    token: await access.localToken(),
    pid: process.pid,
    ...(http.certificate === undefined ? {} : { certificate: http.certificate }),
  })
  onStop('server-file', async () => await rm(folder.serverFile, { force: true }))
  if (options.watch === true) {
    const watch = new FolderWatch({ config, deployments, say: options.terminal ?? (() => {}) })
    await watch.start()
    onStop('watch', () => watch.stop())
  }
  log.quiet.info('started', { url: http.url, routes: routes.length, database: database.kind, version })
  return {
    url: http.url,
    firstLogin: access.firstLogin,
    database: { kind: database.kind, address: db.address, version: database.version },
    data: config.data,
    routes: routes.length,
    sources: engine
      .routes()
      .map(({ name, source }) => ({ route: name, address: source.address, system: source.system })),
    companions: companions.flatMap(({ text }) => text ?? []),
    log,
    stop,
  }
}

/** @throws CliError with every problem that routes and endpoints have with each other */
function checkAgainst(config: Deployment, log: Pick<ServerLog, 'warn'>): NonNullable<EngineOptions['check']> {
  return descriptions => {
    const routes = descriptions.map(definition => ({ definition }))
    const { issues, warnings } = checkRoutes(routes, config.endpoints, connectors)
    if (issues.length > 0) throw problems(config.file, issues)
    for (const text of [...config.warnings, ...warnings]) log.warn('configuration', { text })
  }
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
