import type { Calendar } from './calendar.ts'
import type { Drop } from './drop.ts'
import type { Duration } from './duration.ts'
import type { DestinationDescriptor, SourceDescriptor } from './endpoint.ts'
import type { CallContext, Failure, Priority, RouteDefinition } from './graph.ts'
import type { Parser } from './parser.ts'
import type { Raw } from './payload.ts'
import type { FailurePolicy, RetryOptions } from './retry.ts'

/** The stages of building a route, as types only: each shows what is allowed there, with the item's type so far. */

/** After `route(...)`: where it begins. */
export interface RouteStart<C> {
  from(source: SourceDescriptor): RouteOrigin<C>
}

/** After `from`: still raw bytes, so it can be parsed. */
export interface RouteOrigin<C> extends RouteHead<C, Raw> {
  /** Bytes to a typed message. What cannot be parsed becomes a dead letter with every issue. */
  parse<U>(parser: Parser<U>): RouteHead<C, U>
}

/** Before the first step: duplicates, order and priority are decided on the message as it came. */
export interface RouteHead<C, T> extends RouteBody<C, T> {
  /** A second message with the same key within the window is stored, acknowledged and then dropped as a duplicate. */
  dedupe(options: { readonly key: (item: T) => string | undefined; readonly window: Duration }): RouteHead<C, T>
  /** Serial per key, parallel across keys. Messages without a key share one. Default: the whole route is serial. */
  orderBy(key: (item: T) => string | undefined): RouteHead<C, T>
  /** No order at all: every message for itself. */
  unordered(): RouteHead<C, T>
  /** Pure. Which of the messages that wait for a destination goes first; the order within a key stays. */
  priority(of: (item: T) => Priority): RouteHead<C, T>
}

export interface RouteBody<C, T> extends Steps<C, T, 'route'> {
  /** Ends the description. A route without an answer to failure does not compile. */
  onError(options: ErrorOptions): RouteDefinition<C>
}

/** The steps of one branch of a choice. What it returns at the end goes on behind the choice. */
export interface Branch<C, T> extends Steps<C, T, 'branch'> {}

type Body<C, T, Place> = Place extends 'route' ? RouteBody<C, T> : Branch<C, T>

export interface Steps<C, T, Place extends 'route' | 'branch'> {
  /** Pure. Only items that the guard knows go on, and as what it knows them to be. */
  filter<N extends T>(name: string, test: (item: T) => item is N, otherwise: Drop): Body<C, N, Place>
  /** Pure. */
  filter(name: string, test: (item: T) => boolean, otherwise: Drop): Body<C, T, Place>
  /** Pure. Returns true to go on, or `drop('reason')`. */
  filter(name: string, test: (item: T) => true | Drop): Body<C, T, Place>
  /** Pure. */
  map<U>(name: string, fn: (item: T) => U): Body<C, U, Place>
  /** The only place for effects. What the capabilities answer is recorded, so that a replay needs no second effect. */
  call<U>(
    name: string,
    fn: (item: T, capabilities: C, context: CallContext) => Promise<U>,
    options?: CallOptions<T>,
  ): Body<C, U, Place>
  /** Pure. One item becomes several, in order; each goes on alone. The message is settled when all of them are. */
  split<U>(name: string, fn: (item: T) => readonly U[]): Body<C, U, Place>
  /**
   * Content-based choice: the first branch that takes the item. What the branches return goes on behind the choice. An
   * item that no branch takes is dropped, unless the choice ends with `otherwise` or is `exhaustive`.
   */
  choose<U>(name: string, build: (choice: Choice<C, T, never>) => ChoiceEnd<U>): Body<C, U, Place>
  /**
   * Collects items, also of several messages, under a key, until `count` of them are there or `timeout` has passed since
   * the first was received, and goes on with what `combine` (pure) makes of them. Durable: a member's message stays
   * unsettled in the journal until its group is released. Only one on a path.
   */
  aggregate<U>(name: string, options: AggregateOptions<T, U>): Body<C, U, Place>
  /** Branches the item off to a destination, and goes on with the same item. */
  to(name: string, destination: DestinationDescriptor<T>, options?: DestinationOptions<T>): Body<C, T, Place>
  to<In>(
    name: string,
    destination: DestinationDescriptor<In>,
    options: DestinationOptions<T> & { readonly map: (item: T) => In },
  ): Body<C, T, Place>
}

/** Inside `choose`: branches are asked in this order. `Left` is what no branch has taken yet. */
export interface Choice<C, Left, Out> extends ChoiceEnd<Out> {
  /** Only for the types. */
  readonly left?: Left
  /** A guard narrows the branch's items, and takes them from what is left. */
  when<N extends Left, U>(
    name: string,
    test: (item: Left) => item is N,
    branch: (items: Branch<C, N>) => Branch<C, U>,
  ): Choice<C, Exclude<Left, N>, Out | U>
  when<U>(
    name: string,
    test: (item: Left) => boolean,
    branch: (items: Branch<C, Left>) => Branch<C, U>,
  ): Choice<C, Left, Out | U>
  /** The reason why the rest is dropped, in words that fit better than the default's. */
  otherwise(reason: Drop): ChoiceEnd<Out>
  /** Steps for the rest. */
  otherwise<U>(branch: (items: Branch<C, Left>) => Branch<C, U>): ChoiceEnd<Out | U>
  /** Compiles only when guards have taken every type of item. */
  exhaustive(this: Choice<C, never, Out>): ChoiceEnd<Out>
}

export interface ChoiceEnd<Out> {
  /** Only for the types: what goes on behind the choice. */
  readonly out?: Out
}

export type RouteFacts = {
  /** Semantic version: '3.1.0'. */
  readonly version: string
  readonly owner: string
  readonly purpose: string
  readonly description?: string
  /** Name of a retention class of the deployment. Default: 'default'. */
  readonly retention?: string
  /** Routes that must run before this one starts, and stop after it. */
  readonly dependsOn?: readonly string[]
  /** Overrides the deployment's limits on the worker that runs this route. */
  readonly limits?: { readonly stepMs?: number; readonly heapMb?: number }
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
  /** Not more than this: `{ messages: 10, per: '1s' }`. */
  readonly throttle?: { readonly messages: number; readonly per: Duration }
  /** Deliver only while this calendar is open; what waits meanwhile uses up no attempts. */
  readonly hours?: Calendar
}

export type CallOptions<T> = {
  /** Default 30 s. */
  readonly timeout?: Duration
  /**
   * What the capabilities answered for one item serves others with the same key until `ttl` is over. Failures are not
   * kept; items that ask at the same time share one question. An item without a key (undefined) always asks.
   */
  readonly cache?: {
    readonly key: (item: T) => string | undefined
    readonly ttl: Duration
    /** Keys at most, default 1000; the one unused for longest makes room. */
    readonly max?: number
  }
}

export type AggregateOptions<T, U> = {
  /** Which group an item belongs to. An item without a key (undefined or empty) becomes a dead letter. */
  readonly key: (item: T) => string | undefined
  /** Pure: what the group becomes. Members in order of their messages. */
  readonly combine: (items: readonly T[]) => U
  /** Open groups at most, default 10 000: an item that would begin one more waits as `busy`. */
  readonly groupsMax?: number
  /** Members of one group at most, default 1000: a group that has them is released early. */
  readonly membersMax?: number
} & ({ readonly count: number; readonly timeout?: Duration } | { readonly count?: number; readonly timeout: Duration })
