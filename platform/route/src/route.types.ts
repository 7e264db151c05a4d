import { calendar } from './calendar.ts'
import { drop } from './drop.ts'
import { type BytesLike, type DestinationDescriptor, encodeBytes } from './endpoint.ts'
import type { RouteDefinition } from './graph.ts'
import type { Parser } from './parser.ts'
import { route } from './route.ts'
import type { RouteBody, RouteHead } from './stages.ts'
import { relay } from './via.ts'

/**
 * What must not compile. Nothing in here ever runs: `npm run check` compiles it, and a line marked as an error that is none
 * fails the check.
 */

type Adt = { readonly kind: 'adt'; readonly patient: string }
type Oru = { readonly kind: 'oru'; readonly values: readonly number[] }
type Orm = { readonly kind: 'orm'; readonly order: string }
type Message = Adt | Oru | Orm
/** Paths as a typed message has them. */
type Segmented = { text(path: 'PID-3' | 'PID-3.1' | 'MSH-10'): string | undefined }

declare const messages: Parser<Message>
declare const bundles: DestinationDescriptor<{ readonly resourceType: 'Bundle' }>
declare const texts: DestinationDescriptor<string>
const wire: DestinationDescriptor<BytesLike> = { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }

const facts = { version: '1.0.0', owner: 'team', purpose: 'treatment' }
type Directory = { readonly directory: { lookup(name: string): Promise<number> } }
const start = route<Directory>('types', facts).from(relay())
const head = start.parse(messages)
declare const isAdt: (item: Message) => item is Adt
declare const isOru: (item: Message) => item is Oru
declare const isOrm: (item: Message) => item is Orm
declare const hl7: RouteHead<Directory, Segmented>
declare const texting: RouteBody<Directory, string>

/** The compiler must know both to be the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function itemIs<T>(): <C, U>(body: RouteBody<C, U> & { readonly item?: U }, same: Same<T, U>) => void {
  return () => {}
}

export function heads(): void {
  // @ts-expect-error a fact is missing: who answers for it
  route('types', { version: '1.0.0', purpose: 'treatment' })
  // @ts-expect-error an endpoint's name alone is no source
  route('types', facts).from('lis-in')
  // @ts-expect-error limits have names
  route('types', { ...facts, limits: { stepSeconds: 1 } })
  // @ts-expect-error a path that the message does not have
  hl7.orderBy(item => item.text('pid-3'))
  // @ts-expect-error a duration has a unit of ours
  head.dedupe({ key: item => item.kind, window: '7 days' })
  // @ts-expect-error a duration is not a bare number
  head.dedupe({ key: item => item.kind, window: 7 })
  // @ts-expect-error a field that the message does not have
  head.orderBy(item => item.surname)
  // @ts-expect-error a priority that does not exist
  head.priority(() => 'high')
  // @ts-expect-error the order is decided before the first step
  void texting.orderBy
  // @ts-expect-error the priority is decided before the first step
  void texting.priority
  // @ts-expect-error a route is parsed once, at its beginning
  head.parse(messages)
  // @ts-expect-error a route without an answer to failure is not finished
  const unfinished: RouteDefinition = texting.to('out', texts)
  // @ts-expect-error an answer to failure names the dead letter
  texting.to('out', texts).onError({})
  void unfinished
}

export function steps(): void {
  // @ts-expect-error a drop without a reason
  head.filter('all', () => drop(''))
  // @ts-expect-error a drop without a reason
  head.filter('all', () => drop())
  // @ts-expect-error false is no reason
  head.filter('all', () => false)
  // @ts-expect-error a guard without a reason for the rest
  head.filter('adt', isAdt)
  // @ts-expect-error a guard for what the item can never be
  texting.filter('adt', isAdt, drop('no ADT'))
  // @ts-expect-error behind the filter no order is left
  head.filter('adt', isAdt, drop('no ADT')).map('order', item => item.order)
  // @ts-expect-error a capability that the route does not declare
  head.call('look-up', async (item, { registry }) => registry.lookup(item.kind))
  // @ts-expect-error an effect answers later
  head.call('look-up', item => item.kind)
  // @ts-expect-error a cache without a time to live
  texting.call('look-up', async text => text, { cache: { key: text => text } })
  // @ts-expect-error a split makes several
  head.split('each', item => item.kind.length)
  // @ts-expect-error each part is a number
  texting.split('each', () => [1]).map('upper', part => part.toUpperCase())
}

export function destinations(): void {
  // @ts-expect-error a message is no Bundle
  head.to('hub', bundles)
  // @ts-expect-error raw bytes are no Bundle
  start.to('hub', bundles)
  // @ts-expect-error raw bytes are no text
  start.to('hub', texts)
  // @ts-expect-error the map's result is no Bundle
  head.to('hub', bundles, { map: item => item.kind })
  // @ts-expect-error a condition looks at the item
  texting.to('out', wire, { when: item => item.urgent })
  // @ts-expect-error only what passes is worth another attempt
  start.to('out', wire, { retry: { on: ['incorrect'] } })
  // @ts-expect-error a policy that does not exist
  start.to('out', wire, { onExhausted: 'ignore' })
  // @ts-expect-error a throttle needs to know per what time
  start.to('out', wire, { throttle: { messages: 10 } })
  // @ts-expect-error hours are a calendar
  start.to('out', wire, { hours: '07:00-16:00' })
  // @ts-expect-error a weekday that does not exist
  calendar({ timeZone: 'Europe/Oslo', days: ['monday'] })
}

export function choices(): void {
  // @ts-expect-error a type of message that no branch takes
  head.choose('kind', kind => kind.when('adt', isAdt, adt => adt).exhaustive())
  head.choose('kind', kind => {
    const left = kind.when('adt', isAdt, adt => adt).when('oru', isOru, oru => oru)
    // @ts-expect-error what is left has no values
    return left.otherwise(rest => rest.map('values', item => item.values))
  })
  // @ts-expect-error a branch knows what it takes: an ADT has no order
  head.choose('kind', kind => kind.when('adt', isAdt, adt => adt.map('order', item => item.order)))
  // @ts-expect-error failures are answered by the route, not by a branch
  head.choose('kind', kind => kind.when('adt', isAdt, adt => adt.onError({ deadLetter: 'x' })))
  // @ts-expect-error a branch returns its steps
  head.choose('kind', kind => kind.when('adt', isAdt, () => undefined))
  // @ts-expect-error a branch of another type of item
  head.choose('kind', kind => kind.when('adt', isAdt, adt => adt.to('hub', bundles)))
  // @ts-expect-error nothing comes after otherwise
  head.choose('kind', kind => kind.otherwise(drop('none')).when('adt', isAdt, adt => adt))
  const chosen = head.choose('kind', kind =>
    kind
      .when('adt', isAdt, adt => adt.map('patient', item => item.patient))
      .otherwise(rest => rest.map('one', () => 1)),
  )
  // @ts-expect-error behind the choice it is a text or a number
  chosen.map('upper', item => item.toUpperCase())
}

export function aggregates(): void {
  const key = (item: Message): string => item.kind
  const combine = (items: readonly Message[]): string => items.map(({ kind }) => kind).join()
  // @ts-expect-error nobody knows what belongs together
  head.aggregate('collect', { count: 3, combine })
  // @ts-expect-error nobody knows when it is complete
  head.aggregate('collect', { key, combine })
  // @ts-expect-error nobody knows what becomes of it
  head.aggregate('collect', { key, count: 3 })
  // @ts-expect-error a timeout has a unit
  head.aggregate('collect', { key, timeout: '1 hour', combine })
  // @ts-expect-error a field that the item does not have
  head.aggregate('collect', { key: item => item.visit, count: 3, combine })
  const collected = head.aggregate('collect', { key, count: 3, combine })
  // @ts-expect-error what the group became is no Bundle
  collected.to('hub', bundles)
}

/** What must compile, without a type written down. */
export function compiles(): void {
  head
    .call('look-up', async (item, { directory }) => directory.lookup(item.kind), {
      cache: { key: m => m.kind, ttl: '1h' },
    })
    .map('n', years => years.toFixed())
    .to('out', texts)
  head.to('hub', bundles, { map: () => ({ resourceType: 'Bundle' as const }) })
  itemIs<Adt>()(
    head.filter('adt', item => item.kind === 'adt', drop('no ADT')),
    true,
  )
  itemIs<Message>()(
    head.filter('short', item => item.kind.length < 3, drop('long')),
    true,
  )
  itemIs<string | number | Orm>()(
    head.choose('by-kind', kind =>
      kind
        .when(
          'adt',
          item => item.kind === 'adt',
          items => items.map('patient', ({ patient }) => patient),
        )
        .when('oru', isOru, items => items.split('values', ({ values }) => values))
        .when('orm', isOrm, items => items.to('order', texts, { map: ({ order }) => order }))
        .exhaustive(),
    ),
    true,
  )
  itemIs<string>()(
    head.aggregate('all', { key: item => item.kind, timeout: '1m', combine: items => items.map(m => m.kind).join() }),
    true,
  )
}
