import type { Database, KeyRing } from '@samband/store'
import type { Parser, RouteDefinition, RouteDescription } from '@samband/route'
import type { Connector, Log } from './ports.ts'
import type {
  DeadLetter,
  DeadLetterGroup,
  Job,
  JobPreview,
  JobRequest,
  MessageDetail,
  MessageSearch,
  MessageSummary,
  Page,
  RefusalView,
  RouteStatus,
  Verb,
  VerbRequest,
  VerbResult,
} from './views.ts'
import type { EngineLimits } from './limits.ts'
import type { MembershipLimits } from './membership/limits.ts'
import type { Retention } from './retention-classes.ts'

/** A route's file, and the hash of its source and of what it imports. Its code runs in a thread of its own. */
export type RouteFile = { readonly file: string; readonly hash: string }

/** A route whose code runs in the engine's own thread: for tests, and for those who embed the engine. */
export type LoadedRoute = {
  readonly definition: RouteDefinition
  /** '3.1.0+4f2c9a1b': semantic version and content hash; stored with every message. */
  readonly revision: string
}

export type EngineOptions = {
  readonly db: Database
  readonly keys: KeyRing
  /** Isolates hospitals on one database; first column of every primary key. */
  readonly tenant: number
  /**
   * Where this process is reached by the others that share the tenant: `unix:/path` or `tls://host:port`. Absent: it runs
   * alone, and does not start beside another one.
   */
  readonly peers?: {
    readonly listen: string
    /** What the others are told instead, where `listen` names every network card or an address behind a translation. */
    readonly advertise?: string
    /** The same for all: `masterKey.derive('peers', tenant)`. */
    readonly secret: Buffer
  }
  readonly membership?: Partial<MembershipLimits>
  /** Others took this process for dead, and it has stopped acting. */
  readonly onDeposed?: () => void
  readonly routes: readonly (RouteFile | LoadedRoute)[]
  /** Looks at all routes before anything is opened; throws what is wrong with them. */
  readonly check?: (routes: readonly RouteDescription[]) => void
  readonly connectors: readonly Connector[]
  /** Per endpoint name: `connector`, optional `system` (for the map), and the connector's own settings. */
  readonly endpoints: Readonly<Record<string, EndpointSetting>>
  /** What `.call(...)` steps may use, by name. */
  readonly capabilities: Readonly<Record<string, unknown>>
  /** Parsers of the platform itself, by name: their look at a header is trusted to run in the engine's thread. */
  readonly headers?: Readonly<Record<string, Pick<Parser<unknown>, 'describe'>>>
  readonly log: Log
  /** By retention class, as routes name them; those that are not here are kept as `default` is. */
  readonly retention?: Readonly<Record<string, Retention>>
  readonly limits?: Partial<EngineLimits>
  /** The wall clock, epoch ms; default `Date.now`. It may be set at any time: nothing that waits goes by it. */
  readonly clock?: () => number
}

export type EndpointSetting = {
  readonly connector: string
  /** Which system stands there, as people call it: 'EHR', 'LIS'. */
  readonly system?: string
  /** The system takes messages from one process only: routes that deliver there run whole in one. */
  readonly exclusive?: boolean
  readonly [setting: string]: unknown
}

/** Stored bytes with what the transport said about them. */
export type StoredBody = { readonly bytes: Uint8Array; readonly attributes: Readonly<Record<string, string>> }

/** A body as a stream; `size` in bytes. */
export type BodyStream = {
  readonly size: number
  readonly attributes: StoredBody['attributes']
  readonly stream: AsyncIterable<Uint8Array>
}

/** What a person (or a job for a person) asks for. */
export type Actor = { readonly name: string }

export type Engine = {
  /** Stops sources first, lets deliveries under way end, settles, then resolves. Within `limits.drainMs`. */
  readonly stop: () => Promise<void>
  readonly routes: () => readonly RouteStatus[]
  readonly description: (route: string) => RunningRevision | undefined
  /** Numbers for the status page. */
  readonly counts: () => Promise<{ readonly deadLetters: number; readonly refusals: number }>

  /** Those that live and share the tenant, the eldest first. */
  readonly processes: () => Promise<readonly EngineProcess[]>

  readonly searchMessages: (search: MessageSearch) => Promise<Page<MessageSummary>>
  /** Undefined: no such message. */
  readonly message: (messageId: number) => Promise<MessageDetail | undefined>
  /** Throws SambandError 'body-too-large-to-show' for what only `bodyStream` can give. */
  readonly body: (messageId: number) => Promise<StoredBody | undefined>
  /** Of any size, never whole in memory. Undefined: no such message, or older than the retention. */
  readonly bodyStream: (messageId: number) => Promise<BodyStream | undefined>
  readonly eventBodies: (
    messageId: number,
    eventId: number,
  ) => Promise<{ readonly output: StoredBody | undefined; readonly reply: Uint8Array | undefined } | undefined>
  readonly trace: (messageId: number) => Promise<TraceResult | undefined>

  /** Throws SambandError ('not-found', 'conflict', 'incorrect'). `discard` gives up what is dead or held. */
  readonly act: (verb: Verb | 'discard', messageId: number, request: VerbRequest, actor: Actor) => Promise<VerbResult>

  readonly deadLetterGroups: (filter: { readonly route?: string }) => Promise<readonly DeadLetterGroup[]>
  readonly deadLetters: (filter: {
    readonly group?: string
    readonly route?: string
    readonly limit?: number
    readonly cursor?: string
  }) => Promise<Page<DeadLetter>>

  readonly previewJob: (request: JobRequest) => Promise<JobPreview>
  readonly startJob: (request: JobRequest, actor: Actor) => Promise<Job>
  readonly jobs: () => Promise<readonly Job[]>
  readonly controlJob: (jobId: number, control: 'pause' | 'resume' | 'cancel', actor: Actor) => Promise<Job>

  readonly refusals: (filter: {
    readonly route?: string
    readonly limit?: number
    readonly cursor?: string
  }) => Promise<Page<RefusalView>>
  readonly refusalBody: (refusalId: number) => Promise<Uint8Array | undefined>

  /** Loads these routes beside those that run, and runs the newest messages through both; nothing changes. */
  readonly plan: (routes: readonly RouteFile[], options?: { readonly messages?: number }) => Promise<DeploymentPlan>
  /**
   * These routes from now on: new ones start, changed ones take over from their revision once that has drained, those that
   * are not named drain and stop; in the order of what depends on what. What fails leaves everything as it was.
   * Resolves when all of it runs. Only this process: whoever deploys tells each of them.
   */
  readonly apply: (routes: readonly RouteFile[]) => Promise<Deployed>

  /** Drops the partitions that no retention class keeps any longer and whose messages are all settled. */
  readonly prune: (now?: Date) => Promise<{ readonly dropped: readonly string[]; readonly kept: readonly string[] }>
}

/** A process that shares the tenant's lanes. */
export type EngineProcess = {
  /** 0..31; part of the ids that it gives. */
  readonly node: number
  /** Unique for ever: one that starts again has another. */
  readonly epoch: number
  /** Where the others reach it; null when it runs alone. */
  readonly address: string | null
  /** The one that was asked. */
  readonly self: boolean
  readonly lanesOwned: number
  /** By the database's clock. */
  readonly startedAt: string
}

export type RunningRevision = { readonly description: RouteDescription; readonly revision: string }

export type TraceResult = {
  readonly revision: string
  /** False when that revision is no longer loaded and the current one was used. */
  readonly exact: boolean
  readonly steps: readonly {
    readonly name: string
    readonly kind: string
    readonly outcome: 'passed' | 'dropped' | 'failed' | 'output'
    readonly text: string | null
    /** The item after this step: bytes of a message or JSON text; null when it did not change. */
    readonly after: Uint8Array | string | null
  }[]
}

/** What a deployment would change, from the last real messages run through both revisions. */
export type DeploymentPlan = {
  readonly routes: readonly RoutePlan[]
  readonly warnings: readonly string[]
}

export type RoutePlan = {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  /** Revisions: what runs now, what would run. */
  readonly from: string | null
  readonly to: string | null
  readonly dependsOn: readonly string[]
  /** How many messages were run through both. */
  readonly simulated: number
  readonly same: number
  readonly different: readonly PlannedDifference[]
}

export type PlannedDifference = {
  readonly messageId: number
  readonly kind: 'output' | 'drop' | 'failure' | 'extra' | 'missing'
  readonly destination: string | null
  readonly part: number
  /** What goes out now, and what would; texts of drops and failures. Null: nothing. */
  readonly before: Uint8Array | string | null
  readonly after: Uint8Array | string | null
}

export type Deployed = {
  readonly routes: readonly { readonly name: string; readonly revision: string }[]
}
