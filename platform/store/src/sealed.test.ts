import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createNoncePool } from './nonce-pool.ts'
import { seal, sealedOverheadBytes, unseal } from './sealed.ts'

const key = createSecretKey(randomBytes(32))
const nonce = createNoncePool(4)
const place = { tenant: 7, id: 890_762_056_827_008, part: 0 }

test('a sealed body opens to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), body => {
      const sealed = seal(key, nonce(), place, body)
      assert.equal(sealed.length, body.length + sealedOverheadBytes)
      assert.deepEqual(new Uint8Array(unseal(key, place, sealed)), body)
    }),
  )
})

test('a body does not open in another place', () => {
  const sealed = seal(key, nonce(), place, Buffer.from('MSH|'))
  for (const other of [{ tenant: 8 }, { id: place.id + 1 }, { id: place.id + 2 ** 32 }, { part: 1 }]) {
    assert.throws(() => unseal(key, { ...place, ...other }, sealed), { code: 'sealed-unreadable', category: 'fault' })
  }
})

test('a body that was changed in one bit does not open', () => {
  const sealed = seal(key, nonce(), place, Buffer.from('MSH|'))
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => unseal(key, place, changed), { code: 'sealed-unreadable' })
  }
})

test('a body that was cut short does not open', () => {
  const sealed = seal(key, nonce(), place, Buffer.from('MSH|'))
  for (let length = 0; length < sealed.length; length += 1) {
    assert.throws(() => unseal(key, place, sealed.subarray(0, length)), { code: 'sealed-unreadable' })
  }
})

test('no nonce comes twice', () => {
  const seen = new Set(Array.from({ length: 10_000 }, () => nonce().toString('hex')))
  assert.equal(seen.size, 10_000)
})
