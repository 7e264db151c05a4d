import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BytesLike,
  calendar,
  type DestinationDescriptor,
  describeRoute,
  encodeBytes,
  relay,
  route,
} from './index.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const wire: DestinationDescriptor<BytesLike> = { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }
const key = () => 'k'

test('a route is described as data that another thread can take, with everything but its functions', () => {
  const hours = calendar({ timeZone: 'Europe/Oslo', from: '07:00', to: '16:00' })
  const definition = route('full', {
    ...facts,
    retention: 'short',
    dependsOn: ['first'],
    limits: { stepMs: 50, heapMb: 64 },
  })
    .from(relay())
    .orderBy(key)
    .priority(() => 'urgent')
    .call('ask', async item => item, { timeout: '1s', cache: { key, ttl: '1h', max: 5 } })
    .choose('by', by =>
      by
        .when(
          'a',
          () => true,
          items => items.to('a-out', wire),
        )
        .otherwise(items => items.map('same', item => item)),
    )
    .aggregate('all', { key, count: 3, timeout: '1m', combine: items => items[0]?.bytes ?? new Uint8Array() })
    .to('out', wire, { throttle: { messages: 10, per: '1s' }, hours, expiry: '1d' })
    .onError({ deadLetter: 'x' })
  const described = describeRoute(definition)
  assert.deepEqual(structuredClone(described), described)
  assert.deepEqual(
    [described.retention, described.dependsOn, described.limits, described.prioritised],
    ['short', ['first'], { stepMs: 50, heapMb: 64 }, true],
  )
  assert.deepEqual(described.steps, [
    { kind: 'call', name: 'ask', timeoutMs: 1000, cache: { ttlMs: 3_600_000, entriesMax: 5 } },
    {
      kind: 'choice',
      name: 'by',
      branches: [{ name: 'a', steps: [{ kind: 'to', name: 'a-out' }] }],
      otherwise: [{ kind: 'map', name: 'by/otherwise/same' }],
    },
    { kind: 'aggregate', name: 'all', count: 3, timeoutMs: 60_000, groupsMax: 10_000, membersMax: 1000 },
    { kind: 'to', name: 'out' },
  ])
  assert.deepEqual(
    described.destinations.map(({ name, throttle, hours: open }) => [name, throttle, open]),
    [
      ['a-out', undefined, undefined],
      ['out', { messages: 10, perMs: 1000 }, hours],
    ],
  )
})

test('facts that say nothing have defaults, and wrong ones are refused', () => {
  const { retention, dependsOn, limits, priority } = route('plain', facts)
    .from(relay())
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  assert.deepEqual([retention, dependsOn, limits, priority], ['default', [], {}, undefined])
  const invalid = { code: 'route-invalid' }
  assert.throws(() => route('plain', { ...facts, dependsOn: ['plain'] }), invalid)
  assert.throws(() => route('plain', { ...facts, dependsOn: ['No Name'] }), invalid)
  assert.throws(() => route('plain', { ...facts, retention: 'No Name' }), invalid)
  assert.throws(() => route('plain', { ...facts, limits: { stepMs: 0 } }), invalid)
  const from = () => route('plain', facts).from(relay())
  assert.throws(() => from().to('out', wire, { throttle: { messages: 0, per: '1s' } }), invalid)
  assert.throws(() => from().to('out', wire, { throttle: { messages: 1, per: '0s' } }), invalid)
  assert.throws(() => from().call('ask', async item => item, { cache: { key, ttl: '1s', max: 0 } }), invalid)
})
