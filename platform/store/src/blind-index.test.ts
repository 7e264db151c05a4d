import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createBlindIndex } from './blind-index.ts'
import { createMasterKey } from './master-key.ts'

const masterKey = createMasterKey(Buffer.alloc(32, 1), 'test')
const patientId = '13916900216'

test('equal values have equal hashes, also after a restart', () => {
  assert.equal(
    createBlindIndex(masterKey, 1)('patient', patientId),
    createBlindIndex(masterKey, 1)('patient', patientId),
  )
})

test('kind, tenant and master key each change the hash', () => {
  const hashes = [
    createBlindIndex(masterKey, 1)('patient', patientId),
    createBlindIndex(masterKey, 1)('control', patientId),
    createBlindIndex(masterKey, 2)('patient', patientId),
    createBlindIndex(createMasterKey(Buffer.alloc(32, 2), 'test'), 1)('patient', patientId),
  ]
  assert.equal(new Set(hashes).size, 4)
})

test('kind and value do not run into each other', () => {
  const index = createBlindIndex(masterKey, 1)
  assert.notEqual(index('a', 'bc'), index('ab', 'c'))
})

test('a hash is the first 53 bits of HMAC-SHA-256', () => {
  const digest = createHmac('sha256', masterKey.derive('blind-index', 1)).update(`patient\u0000${patientId}`).digest()
  const hash = createBlindIndex(masterKey, 1)('patient', patientId)
  assert.equal(BigInt(hash), digest.readBigUInt64BE(0) >> 11n)
  assert.ok(Number.isSafeInteger(hash))
})

test('a full cache gives the same hashes', () => {
  const small = createBlindIndex(masterKey, 1, 3)
  const first = Array.from({ length: 20 }, (_, index) => small('k', String(index)))
  assert.deepEqual(
    Array.from({ length: 20 }, (_, index) => small('k', String(index))),
    first,
  )
})
