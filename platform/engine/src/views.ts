/**
 * What the engine shows of itself, in the shapes that the operations API sends as JSON: times are ISO 8601 UTC strings,
 * message ids safe integers, lists paged by cursor.
 */

export type MessageStatus =
  /** stored, steps or deliveries still under way (also: retrying, waiting for its turn) */
  | 'waiting'
  /** a receiver failed and the message holds its place (route policy 'hold') */
  | 'held'
  | 'delivered'
  /** a filter dropped it, with a reason */
  | 'filtered'
  | 'duplicate'
  /** at least one destination (or a step) gave up on it */
  | 'dead'
  /** an operator discarded it */
  | 'discarded'

/** How a message is made from another one: by an operator, or by a route that hands it on. */
export type OriginVerb = 'reinject' | 'edit' | 'via'

export type MessageSummary = {
  readonly id: number
  readonly receivedAt: string
  readonly route: string
  readonly revision: string
  readonly type: string | null
  readonly controlId: string | null
  readonly peer: string
  readonly bytes: number
  readonly status: MessageStatus
  readonly destinations: readonly DestinationSummary[]
  /** Set when this message was made from another one. */
  readonly origin: { readonly messageId: number; readonly verb: OriginVerb } | null
}

export type DestinationSummary = {
  readonly name: string
  readonly part: number
  readonly status: 'waiting' | 'held' | 'delivered' | 'dead' | 'discarded'
  readonly attempts: number
}

/** POST /api/v1/messages/search */
export type MessageSearch = {
  readonly route?: string
  readonly type?: string
  readonly controlId?: string
  readonly patientId?: string
  readonly status?: MessageStatus
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly cursor?: string
}

export type Page<T> = {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** GET /api/v1/messages/:id */
export type MessageDetail = MessageSummary & {
  readonly timeline: readonly TimelineEntry[]
  /** Messages that were made from this one. */
  readonly descendants: readonly { readonly messageId: number; readonly verb: OriginVerb; readonly at: string }[]
}

export type TimelineEntry = {
  readonly at: string
  readonly kind:
    | 'received'
    | 'delivered'
    | 'attempt-failed'
    | 'queued'
    | 'held'
    | 'dead'
    | 'filtered'
    | 'duplicate'
    | 'discarded'
    | 'reprocess'
    | 'resent'
    | 'redirected'
    | 'reinjected'
    | 'edited'
    | 'aggregated'
  readonly destination: string | null
  readonly part: number
  readonly step: string | null
  readonly attempt: number
  readonly code: string | null
  readonly text: string | null
  readonly actor: string | null
  readonly reason: string | null
  /** True when bytes that went out, or an answer that came back, can be read at /messages/:id/events/:eventId. */
  readonly hasOutput: boolean
  readonly hasReply: boolean
  readonly eventId: number
}

export type Verb = 'reinject' | 'reprocess' | 'redirect' | 'resend' | 'edit'

/** POST /api/v1/messages/:id/{reinject|reprocess|redirect|resend|edit|discard}; a reason is kept with the act. */
export type VerbRequest = {
  readonly reason: string
  /** resend, redirect, discard: which delivery; absent: all of the message. */
  readonly destination?: string
  readonly part?: number
  /** redirect: a destination name of any route, as 'route/destination'. */
  readonly target?: string
  /** edit: the new body. */
  readonly bodyBase64?: string
  /** reinject, reprocess: which revision; the current one unless told. */
  readonly revision?: 'original' | 'current'
}

export type VerbResult = { readonly messageId: number; readonly newMessageId: number | null }

/** POST /api/v1/dead-letters/groups {route?} */
export type DeadLetterGroup = {
  readonly key: string
  readonly route: string
  readonly destination: string | null
  readonly step: string | null
  readonly code: string
  readonly text: string
  readonly count: number
  readonly firstAt: string
  readonly lastAt: string
}

/** POST /api/v1/dead-letters/search {group?, route?, limit?, cursor?} → Page<DeadLetter> */
export type DeadLetter = {
  readonly messageId: number
  readonly eventId: number
  readonly at: string
  readonly route: string
  readonly destination: string | null
  readonly part: number
  readonly step: string | null
  readonly type: string | null
  readonly controlId: string | null
  readonly code: string
  readonly text: string
  readonly attempts: number
}

/** POST /api/v1/jobs: a bulk verb as a server job. `dryRun` answers count and sample without doing anything. */
export type JobRequest = {
  readonly verb: 'reprocess' | 'reinject' | 'discard' | 'resend'
  readonly select: {
    readonly deadLetterGroup?: string
    readonly route?: string
    readonly messages?: readonly number[]
    readonly search?: MessageSearch
  }
  readonly reason: string
  readonly dryRun?: boolean
  /** Must repeat the dry run's count: what a person typed to confirm. */
  readonly confirmCount?: number
  readonly perSecond?: number
}

export type JobPreview = { readonly count: number; readonly sample: readonly MessageSummary[] }

export type Job = {
  readonly id: number
  readonly verb: JobRequest['verb']
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly startedAt: string
  readonly endedAt: string | null
  readonly actor: string
  readonly reason: string
  readonly lastError: string | null
}

export type RouteStatus = {
  readonly name: string
  readonly version: string
  readonly revision: string
  readonly owner: string
  readonly purpose: string
  readonly state: 'running' | 'stopped' | 'failed'
  readonly source: EndpointStatus
  readonly destinations: readonly DestinationStatus[]
  /** Messages per second over the last ten seconds. */
  readonly receivedPerSecond: number
  /** So that a sparkline is not empty when a page opens: received per second, one value per 10 s, oldest first, at most 90. */
  readonly recentPerSecond?: readonly number[]
  readonly totals: {
    readonly received: number
    readonly delivered: number
    readonly filtered: number
    readonly duplicate: number
    readonly dead: number
  }
}

export type EndpointStatus = {
  readonly endpoint: string
  readonly connector: string
  readonly address: string
  readonly status: 'up' | 'down' | 'connecting' | 'idle'
  /** Since when it is reachable (up, idle), or is not (down, connecting): an operator's second question. */
  readonly since?: string
  readonly connections: number
  readonly counters: Readonly<Record<string, number>>
  readonly lastError: { readonly code: string; readonly text: string; readonly at: string } | null
  /** For the map: which system stands at the other end, from the deployment's configuration. */
  readonly system: string | null
}

export type DestinationStatus = EndpointStatus & {
  readonly name: string
  readonly waiting: number
  readonly inFlight: number
  readonly held: number
  /** Age of the oldest undelivered message. */
  readonly lagMs: number
  readonly circuit: 'closed' | 'open' | 'half-open'
  readonly deliveredPerSecond: number
  readonly failedPerSecond: number
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null
}

/** GET /api/v1/routes/:name */
export type RouteGraph = {
  readonly name: string
  readonly version: string
  readonly owner: string
  readonly purpose: string
  readonly description: string | null
  readonly nodes: readonly {
    readonly id: string
    readonly kind: string
    readonly label: string
    readonly detail: string | null
  }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/** POST /api/v1/refusals/search → Page<RefusalView> */
export type RefusalView = {
  readonly id: number
  readonly at: string
  readonly route: string
  readonly endpoint: string
  readonly peer: string
  readonly code: string
  readonly text: string
  readonly bytes: number
}
