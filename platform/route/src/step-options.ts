import type { Drop } from './drop.ts'
import { durationMs } from './duration.ts'
import type { DestinationDescriptor } from './endpoint.ts'
import type { AggregateStep, CallStep, DestinationNode, Step, Throttle } from './graph.ts'
import { defaultRetry, type RetryOptions, type RetryPolicy } from './retry.ts'
import { assertCount, routeInvalid } from './route-error.ts'
import type { AggregateOptions, CallOptions, DestinationOptions } from './stages.ts'

/** What the options of each step become in the graph: checked, with defaults, times in milliseconds. */

const callTimeoutDefaultMs = 30_000
const cacheEntriesDefault = 1_000
const groupsDefault = 10_000
const membersDefault = 1_000

export function filterStep(name: string, test: (item: unknown) => Drop | boolean, otherwise: Drop | undefined): Step {
  // Without a reason of its own the test answers with one: the stage's type says so.
  if (otherwise === undefined) return { kind: 'filter', name, test: test as (item: unknown) => true | Drop }
  return { kind: 'filter', name, test: item => (test(item) === true ? true : otherwise) }
}

export function callStep(name: string, fn: CallStep['fn'], options: CallOptions<never> = {}): CallStep {
  const { timeout, cache } = options
  assertCount(cache?.max, `step "${name}": cache.max`)
  return {
    kind: 'call',
    name,
    fn,
    timeoutMs: timeout === undefined ? callTimeoutDefaultMs : durationMs(timeout),
    cache:
      cache === undefined
        ? undefined
        : Object.freeze({
            // The stage's item type is what reaches this step.
            key: cache.key as (item: unknown) => string | undefined,
            ttlMs: durationMs(cache.ttl),
            entriesMax: cache.max ?? cacheEntriesDefault,
          }),
  }
}

export function aggregateStep(name: string, options: AggregateOptions<unknown, unknown>): AggregateStep {
  const { count, timeout, groupsMax = groupsDefault, membersMax = membersDefault } = options
  for (const [of, value] of Object.entries({ count, groupsMax, membersMax }))
    assertCount(value, `step "${name}": ${of}`)
  if (count === undefined && timeout === undefined) {
    throw routeInvalid(`step "${name}": an aggregate needs a count or a timeout, or its groups would never go on`)
  }
  if (count !== undefined && count > membersMax) {
    throw routeInvalid(`step "${name}": count ${count} is more than a group may have: raise membersMax (${membersMax})`)
  }
  return {
    kind: 'aggregate',
    name,
    key: options.key,
    count,
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout),
    combine: options.combine,
    groupsMax,
    membersMax,
  }
}

export function destinationNode(
  name: string,
  destination: DestinationDescriptor<unknown>,
  options: DestinationOptions<never> & { readonly map?: unknown },
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
    throttle: throttleOf(name, options.throttle),
    hours: options.hours,
  }
}

function throttleOf(name: string, options: DestinationOptions<never>['throttle']): Throttle | undefined {
  if (options === undefined) return undefined
  assertCount(options.messages, `destination "${name}": throttle.messages`)
  const perMs = durationMs(options.per)
  if (perMs <= 0) throw routeInvalid(`destination "${name}": throttle.per must be longer than nothing`)
  return Object.freeze({ messages: options.messages, perMs })
}

function retryPolicy(options: RetryOptions | undefined): RetryPolicy {
  if (options === undefined) return defaultRetry
  const attempts = options.attempts ?? defaultRetry.attempts
  assertCount(attempts, 'retry attempts')
  return Object.freeze({
    attempts,
    backoffMs: options.backoff === undefined ? defaultRetry.backoffMs : durationMs(options.backoff),
    maxMs: options.max === undefined ? defaultRetry.maxMs : durationMs(options.max),
    on: Object.freeze([...(options.on ?? defaultRetry.on)]),
  })
}
