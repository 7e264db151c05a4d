import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Keys } from './keys.ts'

const keys = new Keys('salt')

test('a key is an int8, the same each time, and another with another salt', () => {
  const key = keys.token('Patient', 'identifier', 'urn:oid:1', '7')
  assert.equal(key, new Keys('salt').token('Patient', 'identifier', 'urn:oid:1', '7'))
  assert.notEqual(key, new Keys('pepper').token('Patient', 'identifier', 'urn:oid:1', '7'))
  const number = BigInt(key)
  assert.ok(number >= -(2n ** 63n) && number < 2n ** 63n)
})

test('what differs in kind, system or place has different keys', () => {
  const all = [
    keys.token('Patient', 'identifier', 'a', 'b'),
    keys.token('Patient', 'identifier', '', 'b'),
    keys.token('Patient', 'identifier', undefined, 'b'),
    keys.token('Patient', 'identifier', 'b', undefined),
    keys.token('Patient', 'identifier', undefined, undefined),
    keys.systemlessToken('Patient', 'identifier', 'b'),
    keys.exact('Patient', 'identifier', 'b'),
    keys.uri('Patient', 'identifier', 'b'),
    keys.present('Patient', 'identifier'),
    keys.param('Patient', 'identifier'),
    keys.canonicalParam('Patient', 'identifier'),
    // A system that looks like our mark for any.
    keys.token('Patient', 'identifier', '*', 'b'),
  ]
  assert.equal(new Set(all).size, all.length)
})

test('a reference is what SQL makes of its parameter and its target', () => {
  const target = keys.resource('Patient', '1')
  const param = keys.referenceParam('Observation', 'subject')
  assert.equal(BigInt(keys.reference('Observation', 'subject', target)), BigInt(param) ^ BigInt(target))
})
