import { loadMasterKey } from '@samband/store'
import { CliError } from '../../cli/exit-codes.ts'
import type { RunningDatabase } from '../database.ts'
import type { ServerLog } from '../log.ts'
import type { StartServerOptions } from '../start-server.ts'
import { ChildProcesses } from './child-processes.ts'
import { openSocketFolder, type PeerPlace, peersOf } from './peer-place.ts'
import type { ProcessFacts, ProcessStart } from './process-messages.ts'

/** What is there before the first engine starts. */
export type StartedParts = StartServerOptions & {
  readonly log: ServerLog
  readonly database: RunningDatabase
  readonly progress: (text: string) => void
  readonly onStop: (name: string, stop: () => Promise<void>) => void
}

/** What runs the routes: this process, or several under it. */
export type RunningEngines = Pick<ProcessFacts, 'url' | 'fhirUrl' | 'routes' | 'sources'> & {
  readonly certificate: string | undefined
  readonly processes: readonly { readonly number: number; readonly pid: number }[]
}

/**
 * Engines in processes of their own, under this one, which keeps what there is only one of: the data folder, the embedded
 * database, the companions, and the sockets that they all listen on.
 *
 * @throws CliError what the first of them that could not start says
 */
export async function severalProcesses(started: StartedParts): Promise<RunningEngines> {
  const { config, env, place, version, database, log, progress, onStop } = started
  // Made here, so that no two make one.
  await loadMasterKey({ file: config.masterKeyFile, env })
  const placeOf = await peerPlaces(started)
  if (started.consoleFolder !== undefined) progress('preparing the console')
  const consoleFolder = await started.consoleFolder
  const startOf = (number: number, first: boolean): ProcessStart => ({
    number,
    place,
    version,
    embedded: database.kind === 'embedded' ? { url: database.url, version: database.version } : undefined,
    peers: placeOf(number),
    consoleFolder,
    adoptFolders: first && number === 1 && started.adoptFolders === true,
    watch: number === 1 && started.watch === true,
  })
  const children = new ChildProcesses({
    startOf,
    env: overridesOf(env),
    log,
    onFatal: started.onFatal,
    failure: ({ code, exitCode, message, details }) => new CliError({ code, exitCode, message, details }),
  })
  onStop('processes', () => children.stop())
  progress(`starting ${config.processes} engine processes`)
  // The first prepares the tables and finds what is wrong with the configuration; the others then start side by side.
  const { url, fhirUrl, certificate, routes, sources } = await children.start(1)
  await Promise.all(Array.from({ length: config.processes - 1 }, (_, index) => children.start(index + 2)))
  return { url, fhirUrl, certificate: certificate ?? undefined, routes, sources, processes: children.running() }
}

async function peerPlaces({ config, onStop }: StartedParts): Promise<(number: number) => PeerPlace> {
  const { peers } = config
  if (peers !== undefined) return number => peersOf(peers, number)
  const sockets = await openSocketFolder(config.data)
  onStop('sockets', sockets.remove)
  return sockets.socketOf
}

/** What the command line's options put into the environment. */
function overridesOf(env: StartServerOptions['env']): Readonly<Record<string, string>> {
  const own = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined || process.env[name] === value ? [] : [[name, value]],
  )
  return Object.fromEntries(own)
}
