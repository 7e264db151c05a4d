import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { redactAttributes, redactMessage, type RedactionSettings } from './redact-message.ts'

const settings: RedactionSettings = {
  keyedHash: text => createHmac('sha256', 'a key of the tests').update(text).digest(),
  rules: [],
  keepUncovered: false,
}

const admission = [
  'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Kari||19690119|F',
  'ZPI|1|Nordmann, Kari',
  '',
].join('\r')

test('who a message is about is replaced, the same way each time, and dates move', async () => {
  const raw = { bytes: Buffer.from(admission), attributes: { 'file.name': 'Nordmann_13916900216.hl7' } }
  const [once, again] = [await redactMessage(raw, settings), await redactMessage(raw, settings)]
  assert.ok(once.ok && again.ok)
  const text = Buffer.from(once.raw.bytes).toString()
  assert.deepEqual(Buffer.from(again.raw.bytes).toString(), text)
  assert.doesNotMatch(JSON.stringify([text, once.raw.attributes]), /Nordmann|Kari|13916900216|19690119|20260101/)
  assert.deepEqual(once.report.uncovered, ['ZPI-1', 'ZPI-2'])
  assert.equal(once.type, 'ADT^A01')
})

test('a message is read in the character set that its endpoint says, whatever it says itself', async () => {
  const bytes = Buffer.from(admission.replaceAll('Kari', 'Kåre'), 'latin1')
  const result = await redactMessage({ bytes, attributes: { 'hl7.charset': '8859/1' } }, settings)
  assert.ok(result.ok)
  assert.ok(result.replaced.some(({ text }) => text === 'Nordmann'))
  assert.doesNotMatch(Buffer.from(result.raw.bytes).toString('latin1'), /K\u00e5re|\ufffd/)
})

test('what cannot be read as HL7 v2 is not redacted, and said so', async () => {
  assert.deepEqual(await redactMessage({ bytes: Buffer.from('Kari Nordmann'), attributes: {} }, settings), {
    ok: false,
  })
})

test('of what a transport says, only what the deployment says itself is kept', () => {
  assert.deepEqual(
    redactAttributes({
      'hl7.charset': '8859/1',
      'http.path': '/lab',
      'http.header.content-type': 'text/plain',
      'http.header.idempotency-key': '13916900216',
      'file.name': 'Kari.Nordmann.hl7',
      'file.folder': 'in/Kari',
    }),
    {
      'hl7.charset': '8859/1',
      'http.path': '/lab',
      'http.header.content-type': 'text/plain',
      'http.header.idempotency-key': 'redacted',
      'file.name': 'redacted.hl7',
      'file.folder': 'redacted',
    },
  )
})
