import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { readAck } from '../ack-reader.ts'
import type { Dictionary } from '../dictionary/index.ts'
import { loadDictionary } from '../dictionary/index.ts'
import type { Message } from '../message.ts'
import { parse } from '../parse.ts'
import { acknowledge } from './acknowledge.ts'
import { BatchReport, formatSummary } from './batch-report.ts'
import { formatResult } from './format-report.ts'
import { validate } from './validate.ts'
import { ValidationError, validator } from './validator.ts'

const BAD = 'MSH|^~\\&|EHR|HUS|LIS|LAB|20260131||ADT^A01^ADT_A01|M1|P|2.5.1\rEVN||x\rPID|1||||A^B\rPV1|1|I\r'
const NOW = new Date('2026-01-31T09:00:00Z')

let v251: Dictionary
let v23: Dictionary
before(async () => {
  v251 = await loadDictionary('2.5.1')
  v23 = await loadDictionary('2.3')
})

function message(text: string): Message {
  const parsed = parse(text)
  assert.ok(parsed.ok)
  return parsed.message
}

describe('reports', () => {
  it('as text, a line for each finding', () => {
    const text = formatResult(validate(message(BAD), v251, { level: 'strict' }))
    assert.match(text, /^error {8}EVN-2\.1 {2}102 {2}Time \(TS\) is no date and time/m)
    assert.match(text, /^error {8}PID-3 {4}101 {2}Patient Identifier List is required$/m)
    assert.match(text, /2 errors\n$/)
  })

  it('as an acknowledgement with an ERR for each error, which a sender can read', () => {
    const original = message(BAD)
    const ack = acknowledge(original, validate(original, v251, { level: 'strict' }), { controlId: 'A1', now: NOW })
    const read = readAck(ack)
    assert.ok(read.ok)
    assert.equal(read.code, 'AE')
    assert.equal(read.text, '2 errors')
    assert.deepEqual(
      read.errors.map(({ code, location }) => [code, location]),
      [
        ['102', 'EVN^1^2^1^1'],
        ['101', 'PID^1^3'],
      ].map(([code = '', location = '']) => [code, location === 'PID^1^3' ? 'PID^1^3^1' : location]),
    )
    assert.equal(ack.text('ERR-5'), 'value-type-invalid')
  })

  it('as one ERR with repetitions before 2.5', () => {
    const original = message(BAD.replace('|2.5.1', '|2.3'))
    const ack = acknowledge(original, validate(original, v23, { level: 'strict' }), { controlId: 'A1', now: NOW })
    assert.equal(ack.segments('ERR').length, 1)
    assert.ok(ack.repetitions('ERR-1').some(error => error.text('4.1') === '101'))
  })

  it('as the acceptance of a message without errors', () => {
    const original = message(BAD)
    const ack = acknowledge(original, validate(original, v251, { level: 'lenient' }), { controlId: 'A1', now: NOW })
    assert.equal(ack.text('MSA-1'), 'AA')
    assert.equal(ack.segments('ERR').length, 0)
  })

  it('over many messages, with kinds counted and memory bounded', () => {
    const report = new BatchReport({ examplesMax: 2, kindsMax: 1 })
    const result = validate(message(BAD), v251, { level: 'strict' })
    for (let i = 1; i <= 4; i++) report.add(`file#${i}`, result)
    const summary = report.summary()
    assert.equal(summary.messages, 4)
    assert.equal(summary.valid, 0)
    assert.equal(summary.findings.error, 8)
    assert.equal(summary.kinds.length, 1)
    assert.deepEqual(summary.kinds[0]?.examples, ['file#1', 'file#2'])
    assert.equal(summary.kinds[0]?.count, 4)
    assert.equal(summary.unlisted, 4)
    assert.match(formatSummary(summary), /^4 messages, 4 with errors/)
  })
})

describe('a validator for routes', () => {
  it('drops a message with errors, with codes and paths as the reason', () => {
    const strict = validator(v251, { level: 'strict' })
    assert.deepEqual(strict.accept(message(BAD)), {
      drop: 'invalid: EVN-2.1 value-type-invalid, PID-3 field-missing',
    })
    assert.equal(validator(v251, { level: 'lenient' }).accept(message(BAD)), true)
  })

  it('hands a good message on and throws for a bad one, in the category that is not tried again', () => {
    const good = message(BAD)
    assert.equal(validator(v251, { level: 'lenient' }).require(good), good)
    assert.throws(
      () => validator(v251, { level: 'strict' }).require(good),
      (error: unknown) => error instanceof ValidationError && error.category === 'incorrect',
    )
  })

  it('compares each message with its own version', () => {
    const both = validator([v251, v23], { level: 'strict' })
    const codes = both.check(message(BAD.replace('|2.5.1', '|2.3'))).issues.map(({ code }) => code)
    assert.ok(!codes.includes('version-differs'))
  })
})
