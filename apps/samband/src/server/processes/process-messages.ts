import type { ConfigPlace } from '../../cli/config-place.ts'
import type { ExitCode } from '../../cli/exit-codes.ts'
import type { RunningDatabase } from '../database.ts'
import type { EngineProcess } from '../engine-process.ts'
import type { PeerPlace } from './peer-place.ts'

/** What the supervisor and an engine process say to each other, over the channel that only these two have. */

/** To the process. 'start' comes first, once. */
export type ToProcess =
  | { readonly kind: 'start'; readonly start: ProcessStart }
  /** Finish what is under way, and end. */
  | { readonly kind: 'stop' }

export type ProcessStart = {
  /** 1 and up; the same for the one that takes the place of one that ended. */
  readonly number: number
  readonly place: ConfigPlace
  readonly version: string
  /** Of the embedded database, which the supervisor has started; undefined: as the configuration says. */
  readonly embedded: Pick<RunningDatabase, 'url' | 'version'> | undefined
  readonly peers: PeerPlace
  readonly consoleFolder: string | undefined
  /** For one of several only, at the first start. */
  readonly adoptFolders: boolean
  /** For one of several only. */
  readonly watch: boolean
}

/** From the process: one of these, once. */
export type FromProcess =
  | { readonly kind: 'ready'; readonly facts: ProcessFacts }
  | { readonly kind: 'failed'; readonly failure: ProcessFailure }

export type ProcessFacts = Pick<EngineProcess, 'routes' | 'sources'> & {
  readonly url: string
  /** Base of the FHIR server; null: it is off. */
  readonly fhirUrl: string | null
  /** Null: it does not speak TLS. */
  readonly certificate: string | null
}

/** Why it could not start, as the command line tells it. */
export type ProcessFailure = {
  readonly code: string
  readonly exitCode: ExitCode
  readonly message: string
  readonly details: readonly string[]
}
