import { createConnectors, hl7v2 } from '@samband/connectors'
import { type Engine, type EngineOptions, letHeapGrow, startEngine } from '@samband/engine'
import { sessionCookieName } from '@samband/operations'
import { loadMasterKey, openKeyRing } from '@samband/store'
import { capabilitiesOf } from '../config/capabilities.ts'
import { checkRoutes } from '../config/check-routes.ts'
import { type Deployment, problems } from '../config/load-config.ts'
import { Deployments } from '../deploy/deployments.ts'
import { FolderWatch } from '../deploy/folder-watch.ts'
import { openAccessPort } from './access.ts'
import { databaseFacts, type RunningDatabase } from './database.ts'
import { type HttpServer, speaksTls, startHttpServer } from './http-server.ts'
import { hubEndpoint } from './hub/hub-endpoint.ts'
import { ServerHub } from './hub/server-hub.ts'
import type { ServerLog } from './log.ts'
import { retentionOf, startRetention } from './retention.ts'

export type EngineProcessOptions = {
  readonly config: Deployment
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly database: RunningDatabase
  readonly log: ServerLog
  /** How the other processes of the tenant reach this one; undefined: it runs alone. */
  readonly peers: Omit<NonNullable<EngineOptions['peers']>, 'secret'> | undefined
  /** The routes folders become the deployment, in every environment. */
  readonly adoptFolders: boolean
  /** Tells of changes of the routes folders, which are applied at once; undefined: they are not watched. */
  readonly watch: ((line: string) => void) | undefined
  /** Only one of several processes says what is odd about the configuration. */
  readonly tellsWarnings: boolean
  /** Resolves with the folder of the built console; undefined: none is served. */
  readonly consoleFolder: Promise<string | undefined> | undefined
  readonly progress: (text: string) => void
  readonly onStop: (name: EnginePart, stop: () => Promise<void>) => void
  readonly onFatal: (why: string) => void
}

/** In the order in which they stop: what takes messages in first, what they are stored in last. */
export const engineParts = ['watch', 'deployments', 'retention', 'engine', 'http', 'hub', 'access'] as const
export type EnginePart = (typeof engineParts)[number]

/** Each part within its time. */
export const enginePartWithinMs: Readonly<Partial<Record<string, number>>> = { engine: 5_000 }

export type EngineProcess = {
  readonly http: HttpServer
  /** Base of the FHIR server; undefined: it is off. */
  readonly fhirUrl: string | undefined
  readonly routes: number
  readonly sources: readonly { readonly route: string; readonly address: string; readonly system: string | null }[]
}

/** What each process runs, alone or as one of several: the engine with its routes, the API and the console. */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const { config, env, version, database, log, peers, progress, onStop } = options
  letHeapGrow()
  const { db } = database
  const { tenant } = config
  progress('preparing the tables')
  const masterKey = await loadMasterKey({ file: config.masterKeyFile, env })
  const keys = await openKeyRing({ db, masterKey, tenant })
  const deployments = await Deployments.open({ db, config, log, adopt: options.adoptFolders })
  const { routes } = deployments
  const hub = config.hub.enabled ? new ServerHub({ db, config, log }) : undefined
  const connectors = createConnectors({ hub: hub?.port })
  progress('starting the engine')
  const engine = await startEngine({
    db,
    keys,
    tenant,
    routes,
    ...(peers === undefined ? {} : { peers: { ...peers, secret: masterKey.derive('peers', tenant) } }),
    onDeposed: () =>
      options.onFatal(
        'the other processes took this one for dead, because it did not answer for seconds; start it again',
      ),
    check: checkAgainst(config, connectors, options.tellsWarnings ? log : log.quiet),
    headers: { hl7v2: hl7v2() },
    connectors,
    endpoints: hub === undefined ? config.endpoints : { ...hubEndpoint, ...config.endpoints },
    capabilities: await capabilitiesOf(config, env),
    log,
    limits: config.limits.engine,
    retention: retentionOf(config.retention),
  })
  onStop('engine', () => engine.stop())
  await deployments.attach(engine)
  onStop('deployments', () => deployments.stop())
  const patientIndex = (patientId: string): number => keys.blindIndex('patient', patientId)
  const node = await ownNode(engine)
  const access = await openAccessPort({ db, config, node, patientIndex })
  onStop('access', access.close)
  if (hub !== undefined) {
    progress('opening the FHIR server')
    onStop('hub', () => hub.close())
  }
  const cookieName = sessionCookieName(speaksTls(config.http))
  const fhir = await hub?.open({ node, access: { ...access.port, cookieName }, patientIndex })
  const { pruneAudit } = access
  const retention = startRetention(config.retention, { engine, pruneAudit, keys, log, leads: () => isEldest(engine) })
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
    fhir,
    consoleFolder: await options.consoleFolder,
  })
  onStop('http', http.stop)
  hub?.listens(http.url)
  if (options.watch !== undefined) {
    const watch = new FolderWatch({ config, deployments, log: log.quiet, say: options.watch })
    await watch.start()
    onStop('watch', () => watch.stop())
  }
  return {
    http,
    fhirUrl: hub?.url,
    routes: routes.length,
    sources: engine
      .routes()
      .map(({ name, source }) => ({ route: name, address: source.address, system: source.system })),
  }
}

async function ownNode(engine: Pick<Engine, 'processes'>): Promise<number> {
  return (await engine.processes()).find(({ self }) => self)?.node ?? 0
}

/** What is to be done once for all processes is done by the one that runs longest; when it ends, by the next. */
async function isEldest(engine: Pick<Engine, 'processes'>): Promise<boolean> {
  return (await engine.processes())[0]?.self === true
}

/** @throws CliError with every problem that routes and endpoints have with each other */
function checkAgainst(
  config: Deployment,
  connectors: EngineOptions['connectors'],
  log: Pick<ServerLog, 'warn'>,
): NonNullable<EngineOptions['check']> {
  return descriptions => {
    const routes = descriptions.map(definition => ({ definition }))
    const { issues, warnings } = checkRoutes(routes, config.endpoints, connectors)
    if (issues.length > 0) throw problems(config.file, issues)
    for (const text of [...config.warnings, ...warnings]) log.warn('configuration', { text })
  }
}
