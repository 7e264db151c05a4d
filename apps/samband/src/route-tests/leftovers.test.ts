import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Fixture } from './fixture.ts'
import { leftovers } from './leftovers.ts'
import { redactMessage } from './redact-message.ts'

const admission = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1|||||NOR|8859/1',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Bråthen^Kåre||19690119|F|||||90012345',
  '',
].join('\r')

const redacted = await redactMessage(
  { bytes: Buffer.from(admission, 'latin1'), attributes: {} },
  {
    keyedHash: text => createHmac('sha256', 'a key of the tests').update(text).digest(),
    rules: [],
    keepUncovered: false,
  },
)

/** With one output, and one answer. */
function found(output: Uint8Array | string, answer: unknown = null): readonly string[] {
  assert.ok(redacted.ok)
  const bytes = typeof output === 'string' ? Buffer.from(output) : output
  const fixture: Fixture = {
    route: 'adt',
    name: 'adt-a01-1',
    folder: '/x',
    input: redacted.raw,
    facts: {
      recorded: { on: '2026-01-15', revision: 'r', identifiers: 'pseudonyms' },
      now: '2026-01-15T10:00:00Z',
      attributes: {},
      answers: [{ capability: 'registry.find', asked: [], answer }],
    },
    expected: {
      key: null,
      dropped: [],
      joined: [],
      failure: null,
      outputs: [{ destination: 'lis', number: 1, bytes, attributes: {} }],
    },
  }
  return leftovers(fixture, redacted.replaced)
}

test('what redaction made has nothing left of who it was about', () => {
  assert.ok(redacted.ok)
  assert.deepEqual(found(redacted.raw.bytes), [])
})

test('a name or identifier that a route or an answer brings back is found, in the character set of the message, and not said', () => {
  const other = Buffer.from(admission.replace('13916900216', '1'), 'latin1')
  assert.deepEqual(found(other), ['the output for lis still holds what stood in PID-5.1 PID-13'])
  assert.deepEqual(found('{"id":"13916900216"}'), ['the output for lis still holds what stood in PID-3.1'])
  assert.deepEqual(found('', { name: 'Bråthen' }), ['fixture.json still holds what stood in PID-5.1'])
})

test('a part of another word, and what was kept, is nothing of the kind', () => {
  assert.deepEqual(found('Bråthenveien FNR 2.16.578.1.12.4.1.4.1'), [])
})
