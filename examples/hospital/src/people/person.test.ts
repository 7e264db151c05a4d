import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../random.ts'
import { isSyntheticNationalId } from './national-id.ts'
import { createPeople } from './person.ts'

const today = new Date('2026-01-15T12:00:00Z')

test('people are synthetic, plausibly old and never the same twice', () => {
  const people = createPeople(createRandom(7), today)
  const drawn = Array.from({ length: 500 }, () => people.next())
  assert.equal(new Set(drawn.map(person => person.nationalId)).size, 500)
  for (const person of drawn) {
    assert.ok(isSyntheticNationalId(person.nationalId))
    assert.equal(person.nationalId.slice(0, 2), person.birthDate.slice(8))
    assert.ok(person.birthDate <= '2026-01-15' && person.birthDate > '1928')
  }
  assert.ok(
    drawn.some(person => /[čđŋšŧž]/i.test(person.family + person.given)),
    'some Sámi letters',
  )
})

test('the same seed gives the same people, another seed others', () => {
  const draw = (seed: number): unknown => Array.from({ length: 5 }, createPeople(createRandom(seed), today).next)
  assert.deepEqual(draw(1), draw(1))
  assert.notDeepEqual(draw(1), draw(2))
})
