import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DestinationDescriptor, drop, encodeBytes, type Parser, type Raw, relay, route } from './index.ts'

const facts = { version: '1.2.3', owner: 'team-lab', purpose: 'treatment' }
const wire: DestinationDescriptor<Raw | Uint8Array | string> = {
  connector: 'memory',
  endpoint: 'out',
  options: {},
  encode: encodeBytes,
}
type Person = { readonly name: string; readonly age: number }
const people: Parser<Person> = {
  name: 'people',
  parse: raw => {
    const [name = '', age = ''] = new TextDecoder().decode(raw.bytes).split(',')
    return { ok: true, value: { name, age: Number(age) }, issues: [] }
  },
}

test('a route is a frozen description', () => {
  const built = route('people', facts)
    .from(relay())
    .parse(people)
    .dedupe({ key: person => person.name, window: '7d' })
    .orderBy(person => person.name)
    .filter('adults', person => (person.age < 18 ? drop('under age') : true))
    .map('name', person => person.name)
    .to('out', wire, { retry: { attempts: 3, backoff: '1s' }, expiry: '2h' })
    .onError({ deadLetter: 'people' })
  assert.ok(Object.isFrozen(built) && Object.isFrozen(built.steps) && built.steps.every(Object.isFrozen))
  assert.deepEqual(
    built.steps.map(({ kind, name }) => [kind, name]),
    [
      ['filter', 'adults'],
      ['map', 'name'],
      ['to', 'out'],
    ],
  )
  assert.equal(built.dedupe?.windowMs, 604_800_000)
  assert.deepEqual(built.destinations[0]?.retry, {
    attempts: 3,
    backoffMs: 1000,
    maxMs: 300_000,
    on: ['busy', 'unavailable'],
  })
  assert.equal(built.destinations[0]?.expiryMs, 7_200_000)
  assert.equal(built.errorPolicy.groupBy({ step: 'out', code: 'x' }), 'out:x')
})

test('a route that cannot run is refused when it is built', () => {
  const invalid = { code: 'route-invalid' }
  assert.throws(() => route('Lab Results', facts), invalid)
  assert.throws(() => route('lab', { ...facts, version: '3' }), invalid)
  assert.throws(() => route('lab', facts).from(relay()).onError({ deadLetter: 'x' }), invalid)
  assert.throws(() => route('lab', facts).from(relay()).to('out', wire).to('out', wire), invalid)
  assert.throws(
    () =>
      route('lab', facts)
        .from(relay())
        .to('out', wire, { retry: { attempts: 0 } }),
    invalid,
  )
})
