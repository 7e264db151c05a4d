import { SambandError } from '@samband/errors'
import { type Duration, durationMs } from './duration.ts'
import type { DestinationDescriptor, SourceDescriptor } from './endpoint.ts'
import type { Drop } from './drop.ts'
import type {
  CallContext,
  Dedupe,
  DestinationNode,
  ErrorPolicy,
  Failure,
  Order,
  RouteDefinition,
  Step,
} from './graph.ts'
import type { Parser } from './parser.ts'
import type { Raw } from './payload.ts'
import { defaultRetry, type FailurePolicy, type RetryOptions, type RetryPolicy } from './retry.ts'

export type RouteFacts = {
  /** Semantic version: '3.1.0'. */
  readonly version: string
  readonly owner: string
  readonly purpose: string
  readonly description?: string
}

export type ErrorOptions = {
  readonly deadLetter: string
  readonly groupBy?: (failure: Failure) => string
  readonly notify?: string
}

export type DestinationOptions<T> = {
  /** Leave this destination out for some items. Pure. */
  readonly when?: (item: T) => boolean
  readonly retry?: RetryOptions
  readonly onExhausted?: FailurePolicy
  readonly expiry?: Duration
}

export type CallOptions = { readonly timeout?: Duration }

/** After `route(...)`: where it begins. */
export interface RouteStart<C> {
  from(source: SourceDescriptor): RouteOrigin<C>
}

/** After `from`: still raw bytes, so it can be parsed. */
export interface RouteOrigin<C> extends RouteHead<C, Raw> {
  /** Bytes to a typed message. What cannot be parsed becomes a dead letter with every issue. */
  parse<U>(parser: Parser<U>): RouteHead<C, U>
}

/** Before the first step: duplicates and order are decided on the message as it came. */
export interface RouteHead<C, T> extends RouteBody<C, T> {
  /** A second message with the same key within the window is stored, acknowledged and then dropped as a duplicate. */
  dedupe(options: { readonly key: (item: T) => string | undefined; readonly window: Duration }): RouteHead<C, T>
  /** Serial per key, parallel across keys. Messages without a key share one. Default: the whole route is serial. */
  orderBy(key: (item: T) => string | undefined): RouteHead<C, T>
  /** No order at all: every message for itself. */
  unordered(): RouteHead<C, T>
}

export interface RouteBody<C, T> {
  /** Pure. Returns true to go on, or `drop('reason')`. */
  filter(name: string, test: (item: T) => true | Drop): RouteBody<C, T>
  /** Pure. */
  map<U>(name: string, fn: (item: T) => U): RouteBody<C, U>
  /** The only place for effects. What the capabilities answer is recorded, so that a replay needs no second effect. */
  call<U>(
    name: string,
    fn: (item: T, capabilities: C, context: CallContext) => Promise<U>,
    options?: CallOptions,
  ): RouteBody<C, U>
  /** Pure. One item becomes several, in order; each goes on alone. */
  split<U>(name: string, fn: (item: T) => readonly U[]): RouteBody<C, U>
  /** Branches the item off to a destination, and goes on with the same item. */
  to(name: string, destination: DestinationDescriptor<T>, options?: DestinationOptions<T>): RouteBody<C, T>
  to<In>(
    name: string,
    destination: DestinationDescriptor<In>,
    options: DestinationOptions<T> & { readonly map: (item: T) => In },
  ): RouteBody<C, T>
  /** Ends the description. A route without an answer to failure does not compile. */
  onError(options: ErrorOptions): RouteDefinition<C>
}

type Draft = {
  readonly name: string
  readonly facts: RouteFacts
  readonly source: SourceDescriptor
  readonly parser?: Parser<unknown>
  readonly dedupe?: Dedupe
  readonly order: Order
  readonly steps: readonly Step[]
}

const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const versionPattern = /^\d+\.\d+\.\d+(?:-[0-9a-z.-]+)?$/
const callTimeoutDefaultMs = 30_000

/**
 * Begins a route. `C` names the capabilities its calls use: `route<{ identity: Identity }>('lab-results', { ... })`.
 * Nothing executes at import but the building. Throws SambandError 'route-invalid' for a wrong name or version.
 */
export function route<C = Record<never, never>>(name: string, facts: RouteFacts): RouteStart<C> {
  assertName(name, 'route')
  if (!versionPattern.test(facts.version)) {
    throw invalid(`route "${name}": version "${facts.version}" is not semantic, as in "1.0.0"`)
  }
  return { from: source => builder<C>({ name, facts, source, order: { kind: 'serial' }, steps: [] }) }
}

/**
 * One object serves every stage; the interfaces above show each stage only what is allowed there. The casts to `never`
 * hold because each interface's item type is exactly what the previous stage produced.
 */
function builder<C>(draft: Draft): RouteOrigin<C> {
  const next = (change: Partial<Draft>): never => builder<C>({ ...draft, ...change }) as never
  const step = (added: Step): never => {
    assertName(added.name, `route "${draft.name}": step`)
    if (draft.steps.some(({ name }) => name === added.name)) {
      throw invalid(`route "${draft.name}" has two steps named "${added.name}"`)
    }
    return next({ steps: [...draft.steps, Object.freeze(added)] })
  }
  return {
    parse: parser => next({ parser: parser }),
    dedupe: ({ key, window }) => next({ dedupe: Object.freeze({ key: key as never, windowMs: durationMs(window) }) }),
    orderBy: key => next({ order: Object.freeze({ kind: 'key' as const, key: key as never }) }),
    unordered: () => next({ order: Object.freeze({ kind: 'none' as const }) }),
    filter: (name, test) => step({ kind: 'filter', name, test: test as never }),
    map: (name, fn) => step({ kind: 'map', name, fn: fn as never }),
    split: (name, fn) => step({ kind: 'split', name, fn: fn as never }),
    call: (name, fn, options) =>
      step({
        kind: 'call',
        name,
        fn: fn as never,
        timeoutMs: options?.timeout === undefined ? callTimeoutDefaultMs : durationMs(options.timeout),
      }),
    to: (name: string, destination: unknown, options: DestinationOptions<never> & { map?: unknown } = {}) =>
      step(destinationNode(name, destination as DestinationDescriptor<unknown>, options)),
    onError: options => finish(draft, options),
  }
}

function destinationNode(
  name: string,
  destination: DestinationDescriptor<unknown>,
  options: DestinationOptions<never> & { map?: unknown },
): DestinationNode {
  return {
    kind: 'to',
    name,
    destination,
    map: options.map as DestinationNode['map'],
    when: options.when as DestinationNode['when'],
    retry: retryPolicy(options.retry),
    onExhausted: options.onExhausted ?? 'dead-letter',
    expiryMs: options.expiry === undefined ? undefined : durationMs(options.expiry),
  }
}

function retryPolicy(options: RetryOptions | undefined): RetryPolicy {
  if (options === undefined) return defaultRetry
  const attempts = options.attempts ?? defaultRetry.attempts
  if (!Number.isInteger(attempts) || attempts < 1) throw invalid(`retry attempts must be a whole number from 1`)
  return Object.freeze({
    attempts,
    backoffMs: options.backoff === undefined ? defaultRetry.backoffMs : durationMs(options.backoff),
    maxMs: options.max === undefined ? defaultRetry.maxMs : durationMs(options.max),
    on: Object.freeze([...(options.on ?? defaultRetry.on)]),
  })
}

function finish<C>(draft: Draft, options: ErrorOptions): RouteDefinition<C> {
  const destinations = draft.steps.filter(step => step.kind === 'to')
  if (destinations.length === 0) throw invalid(`route "${draft.name}" has no destination: add .to(...)`)
  const errorPolicy: ErrorPolicy = Object.freeze({
    deadLetter: options.deadLetter,
    groupBy: options.groupBy ?? (failure => `${failure.step}:${failure.code}`),
    notify: options.notify,
  })
  return Object.freeze({
    name: draft.name,
    version: draft.facts.version,
    owner: draft.facts.owner,
    purpose: draft.facts.purpose,
    description: draft.facts.description,
    source: draft.source,
    parser: draft.parser,
    dedupe: draft.dedupe,
    order: draft.order,
    steps: Object.freeze([...draft.steps]),
    destinations: Object.freeze(destinations),
    errorPolicy,
  })
}

function assertName(name: string, what: string): void {
  if (!namePattern.test(name)) throw invalid(`${what} name "${name}" must be kebab-case, as in "lab-results"`)
}

function invalid(message: string): SambandError {
  return new SambandError({ code: 'route-invalid', category: 'incorrect', message })
}
