import type { DestinationDescriptor, SourceDescriptor } from './endpoint.ts'
import type { Drop } from './drop.ts'
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
  readonly source: SourceDescriptor
  readonly parser: Parser<unknown> | undefined
  readonly dedupe: Dedupe | undefined
  readonly order: Order
  readonly steps: readonly Step[]
  readonly destinations: readonly DestinationNode[]
  readonly errorPolicy: ErrorPolicy
  /** Only for the types: which capabilities its calls need. A method, so that a list of routes may hold any of them. */
  capabilities?(capabilities: Capabilities): void
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

export type Step =
  | { readonly kind: 'filter'; readonly name: string; readonly test: (item: unknown) => true | Drop }
  | { readonly kind: 'map'; readonly name: string; readonly fn: (item: unknown) => unknown }
  | { readonly kind: 'split'; readonly name: string; readonly fn: (item: unknown) => readonly unknown[] }
  | CallStep
  | DestinationNode

export type CallStep = {
  readonly kind: 'call'
  readonly name: string
  readonly fn: (item: unknown, capabilities: unknown, context: CallContext) => Promise<unknown>
  readonly timeoutMs: number
}

export type CallContext = {
  readonly messageId: number
  /** Aborted at the timeout: pass it on. */
  readonly signal: AbortSignal
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
}

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
