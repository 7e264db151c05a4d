import type { Calendar } from './calendar.ts'
import type { Drop } from './drop.ts'
import type { DestinationDescriptor, SourceDescriptor } from './endpoint.ts'
import type { Parser } from './parser.ts'
import type { FailurePolicy, RetryPolicy } from './retry.ts'

/**
 * A route as data: what the builder returns, frozen. The engine runs it; the linter, the docs, the console's map and the
 * simulator read it. Item types are checked by the builder and erased here (`unknown`): a graph is only made by the
 * builder, so what one step returns is what the next one takes.
 */
export type RouteDefinition<Capabilities = unknown> = {
  readonly name: string
  /** Semantic version, set by the author. The revision adds a content hash. */
  readonly version: string
  /** The team that answers for it. */
  readonly owner: string
  /** Purpose of use (GDPR art. 5(1)(b)): 'treatment', 'billing' ... */
  readonly purpose: string
  readonly description: string | undefined
  /** Name of the retention class whose periods its messages follow. */
  readonly retention: string
  /** Routes that start before this one and stop after it. */
  readonly dependsOn: readonly string[]
  /** Where this route's worker may use more, or less, than the deployment's default. */
  readonly limits: RouteLimits
  readonly source: SourceDescriptor
  readonly parser: Parser<unknown> | undefined
  readonly dedupe: Dedupe | undefined
  readonly order: Order
  /** Which waiting messages go first where several wait; never reorders within a key. Undefined: all are routine. */
  readonly priority: ((item: unknown) => Priority) | undefined
  readonly steps: readonly Step[]
  /** Every destination, those inside branches too, in the order in which the route names them. */
  readonly destinations: readonly DestinationNode[]
  readonly errorPolicy: ErrorPolicy
  /** Only for the types: which capabilities its calls need. A method, so that a list of routes may hold any of them. */
  capabilities?(capabilities: Capabilities): void
}

export type RouteLimits = {
  /** Longest time that the pure steps of one message may keep the thread busy. */
  readonly stepMs?: number
  /** Largest heap of the worker, in MiB. */
  readonly heapMb?: number
}

export type Dedupe = { readonly key: (item: unknown) => string | undefined; readonly windowMs: number }

/**
 * `serial`: one after another, the order of arrival, for the whole route (the default: nothing surprises).
 * `key`: one after another per key, keys in parallel. `none`: every message for itself.
 */
export type Order =
  | { readonly kind: 'serial' }
  | { readonly kind: 'key'; readonly key: (item: unknown) => string | undefined }
  | { readonly kind: 'none' }

export type Priority = 'urgent' | 'routine' | 'low'

/** Higher goes first. Routine is 0, so that a delivery that says nothing is routine. */
export const priorityRank: { readonly [P in Priority]: number } = Object.freeze({ urgent: 1, routine: 0, low: -1 })

/**
 * Names are unique in the whole route. Inside a branch a step's name says where it stands ('by-type/adt/to-fhir'); a
 * destination keeps its own name everywhere, because its deliveries go by it.
 */
export type Step =
  | { readonly kind: 'filter'; readonly name: string; readonly test: (item: unknown) => true | Drop }
  | { readonly kind: 'map'; readonly name: string; readonly fn: (item: unknown) => unknown }
  | { readonly kind: 'split'; readonly name: string; readonly fn: (item: unknown) => readonly unknown[] }
  | CallStep
  | ChoiceStep
  | AggregateStep
  | DestinationNode

export type CallStep = {
  readonly kind: 'call'
  readonly name: string
  readonly fn: (item: unknown, capabilities: unknown, context: CallContext) => Promise<unknown>
  readonly timeoutMs: number
  /** Whether answers to one item serve another with the same key. */
  readonly cache: CallCachePolicy | undefined
}

export type CallCachePolicy = {
  readonly key: (item: unknown) => string | undefined
  readonly ttlMs: number
  /** Keys at most; the one unused for longest makes room. */
  readonly entriesMax: number
}

export type CallContext = {
  readonly messageId: number
  /** Aborted at the timeout: pass it on. */
  readonly signal: AbortSignal
}

/** The first branch whose test holds takes the item; after the branch's steps it goes on behind the choice. */
export type ChoiceStep = {
  readonly kind: 'choice'
  readonly name: string
  readonly branches: readonly BranchNode[]
  /** Where an item goes that no branch takes: other steps, or out, with a reason. */
  readonly otherwise: readonly Step[] | Drop
}

export type BranchNode = {
  /** As in traces: 'adt' of choice 'by-type' is 'by-type/adt' in the names of its steps. */
  readonly name: string
  readonly test: (item: unknown) => boolean
  readonly steps: readonly Step[]
}

/**
 * Collects items of several messages until the group is complete, and goes on with one item made of them. Never two on
 * one path.
 */
export type AggregateStep = {
  readonly kind: 'aggregate'
  readonly name: string
  /** Which group an item belongs to. An item without a key fails, because it would wait in a stranger's group. */
  readonly key: (item: unknown) => string | undefined
  /** Complete with this many members; undefined: only time decides. */
  readonly count: number | undefined
  /** Complete this long after the first member was received; undefined: only the count decides. */
  readonly timeoutMs: number | undefined
  /** Pure. Members in order of their messages. */
  readonly combine: (items: readonly unknown[]) => unknown
  /** Open groups at most; an item that would begin one more is refused as `busy`. */
  readonly groupsMax: number
  /** Members of a group at most; a group that has them is released as if it were complete. */
  readonly membersMax: number
}

export type DestinationNode = {
  readonly kind: 'to'
  readonly name: string
  readonly destination: DestinationDescriptor<unknown>
  readonly map: ((item: unknown) => unknown) | undefined
  readonly when: ((item: unknown) => boolean) | undefined
  readonly retry: RetryPolicy
  readonly onExhausted: FailurePolicy
  /** Give up on a message this old; undefined: never. */
  readonly expiryMs: number | undefined
  /** Not more than this many messages in this time; undefined: as fast as the receiver takes them. */
  readonly throttle?: Throttle | undefined
  /** Deliver only while this calendar is open; undefined: always. */
  readonly hours?: Calendar | undefined
}

export type Throttle = { readonly messages: number; readonly perMs: number }

export type ErrorPolicy = {
  /** Under which name operators find what failed. */
  readonly deadLetter: string
  /** Groups dead letters by cause; the default is step (or destination) and code. */
  readonly groupBy: (failure: Failure) => string
  readonly notify: string | undefined
}

export type Failure = {
  /** The step or destination that failed. */
  readonly step: string
  readonly code: string
}

/** Every step of a tree, those of branches right behind their choice. */
export function* flatSteps(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step
    if (step.kind !== 'choice') continue
    for (const branch of step.branches) yield* flatSteps(branch.steps)
    if (!('drop' in step.otherwise)) yield* flatSteps(step.otherwise)
  }
}
