import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HubError } from '../hub-error.ts'
import { isNotModified } from './conditional.ts'
import { parsePrefer } from './prefer.ts'
import { parsePairs, parseTarget } from './request-target.ts'

const refused = (error: unknown): boolean => error instanceof HubError && error.status === 400

test('an address is taken apart before it is decoded, so that an encoded slash divides nothing', () => {
  assert.deepEqual(parseTarget('/Patient/a%2Fb/_history/?name=%C3%86+x&_count=1'), {
    segments: ['Patient', 'a/b', '_history'],
    query: [
      ['name', 'Æ x'],
      ['_count', '1'],
    ],
  })
  assert.deepEqual(parseTarget(''), { segments: [], query: [] })
  assert.throws(() => parseTarget('/Patient/%C3'), refused)
  assert.throws(() => parsePairs('name=%zz'), refused)
  assert.throws(() => parsePairs('name=a%00'), refused)
})

test('Prefer is read whatever else it says', () => {
  assert.deepEqual(parsePrefer(undefined), { return: 'representation', lenient: false, async: false })
  assert.deepEqual(parsePrefer('respond-async, wait=10; return="minimal";handling=lenient'), {
    return: 'minimal',
    lenient: true,
    async: true,
  })
  assert.equal(parsePrefer('return=OperationOutcome').return, 'OperationOutcome')
  assert.throws(() => parsePrefer('handling=other'), refused)
})

test('dates of conditions have no milliseconds, and must be dates of HTTP', () => {
  const version = { version: 2, at: Date.UTC(2026, 0, 1, 8, 0, 0, 999) }
  assert.equal(isNotModified({ ifModifiedSince: 'Thu, 01 Jan 2026 08:00:00 GMT' }, version), true)
  assert.equal(isNotModified({ ifModifiedSince: 'Thu, 01 Jan 2026 07:59:59 GMT' }, version), false)
  assert.equal(isNotModified({}, version), false)
  assert.throws(() => isNotModified({ ifModifiedSince: '1' }, version), refused)
  assert.throws(() => isNotModified({ ifNoneMatch: '"1", 2' }, version), refused)
})
