import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assignLanes } from './assignment.ts'

const lanes = 64
const membersArb = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 })
const currentArb = fc.array(fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }), {
  minLength: lanes,
  maxLength: lanes,
})

function countsOf(owners: readonly (number | undefined)[]): Map<number | undefined, number> {
  const counts = new Map<number | undefined, number>()
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return counts
}

test('every lane gets a member, and no member has more than one lane more than another', () => {
  fc.assert(
    fc.property(membersArb, currentArb, (members, current) => {
      const counts = countsOf(assignLanes(members, current))
      const perMember = members.map(member => counts.get(member) ?? 0)
      assert.equal(
        perMember.reduce((sum, count) => sum + count, 0),
        lanes,
      )
      assert.ok(Math.max(...perMember) - Math.min(...perMember) <= 1)
    }),
  )
})

test('no more lanes move than the balance needs', () => {
  fc.assert(
    fc.property(membersArb, currentArb, (members, current) => {
      const assigned = assignLanes(members, current)
      const moved = current.filter((owner, lane) => owner !== assigned[lane]).length
      const counts = countsOf(current)
      const floor = Math.floor(lanes / members.length)
      const held = members.map(member => counts.get(member) ?? 0)
      const kept = held.reduce((sum, count) => sum + Math.min(count, floor), 0)
      const oneMore = Math.min(lanes % members.length, held.filter(count => count > floor).length)
      assert.equal(moved, lanes - kept - oneMore)
    }),
  )
})

test('the order in which members are listed does not matter, and what is balanced stays', () => {
  fc.assert(
    fc.property(membersArb, currentArb, (members, current) => {
      const assigned = assignLanes(members, current)
      assert.deepEqual(assignLanes([...members].reverse(), current), assigned)
      assert.deepEqual(assignLanes(members, assigned), assigned)
    }),
  )
})

test('a plan of which only some moves were made leads to the same counts', () => {
  fc.assert(
    fc.property(membersArb, currentArb, fc.array(fc.boolean(), { minLength: lanes, maxLength: lanes }), (...args) => {
      const [members, current, made] = args
      const assigned = assignLanes(members, current)
      const halfway = current.map((owner, lane) => (made[lane] === true ? assigned[lane] : owner))
      assert.deepEqual(sorted(countsOf(assignLanes(members, halfway))), sorted(countsOf(assigned)))
    }),
  )
})

test('without members nobody owns a lane', () => {
  assert.deepEqual(assignLanes([], [1, undefined]), [undefined, undefined])
})

test('a third process takes a third, from both that were there', () => {
  const two = assignLanes([1, 2], Array<undefined>(lanes).fill(undefined))
  const three = assignLanes([1, 2, 3], two)
  assert.deepEqual(sorted(countsOf(three)), [
    [1, 22],
    [2, 21],
    [3, 21],
  ])
  assert.ok(three.every((owner, lane) => owner === two[lane] || owner === 3))
})

function sorted(counts: Map<number | undefined, number>): [number | undefined, number][] {
  return [...counts].sort(([a = 0], [b = 0]) => a - b)
}
