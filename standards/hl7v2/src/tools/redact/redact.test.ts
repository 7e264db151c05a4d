import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { corpusMessages, corpusMissing } from '../../../test/corpus.ts'
import { loadDictionary } from '../../dictionary/load.ts'
import type { Message } from '../../message.ts'
import { parse } from '../../parse.ts'
import { isNationalNumber } from './national-number.ts'
import type { RedactOptions } from './redact.ts'
import { redact } from './redact.ts'
import { REDACTED_TEXT } from './rewrite-repetition.ts'

const dictionary = await loadDictionary('2.5.1')
const keyedHash = (text: string): Uint8Array => createHmac('sha256', 'key').update(text).digest()
const options: RedactOptions = { dictionary, keyedHash }

function message(...lines: string[]): Message {
  const parsed = parse(['MSH|^~\\&|LAB|HOS|EHR|HOS|20260101||ORU^R01^ORU_R01|1|P|2.5.1', ...lines].join('\r'))
  assert.ok(parsed.ok)
  return parsed.message
}

const PATIENT =
  'PID|1||15878599974^^^FREG^NI~MRN-004711^^^HOS^MR||Hansen&von&Berg^Kari Anne^^^^^L||19850715|F|||Storgata 12^^Tromsø^^9008^NO^H||+47 99 00 11 22^PRN^PH^kari@hansen.no'

describe('redact', () => {
  test('names, identifiers, addresses, phones and birth dates of the patient become pseudonyms of the same shape', () => {
    const { message: redacted, report } = redact(message(PATIENT), options)
    assert.ok(isNationalNumber(redacted.text('PID-3[1].1') ?? ''))
    assert.match(redacted.text('PID-3[2].1') ?? '', /^[A-Z]{3}-\d{6}$/)
    assert.equal(redacted.raw('PID-3[2].4'), 'HOS')
    assert.match(redacted.text('PID-7') ?? '', /^198[4-6]\d{4}$/)
    assert.match(redacted.raw('PID-11') ?? '', /^Testveien \d+\^\^[A-Z][a-z]+\^\^\d{4}\^NO\^H$/)
    assert.match(redacted.text('PID-13.1') ?? '', /^\+\d\d \d\d \d\d \d\d \d\d$/)
    assert.match(redacted.text('PID-13.4') ?? '', /@example\.org$/)
    assert.equal(redacted.text('PID-8'), 'F')
    assert.deepEqual(
      report.redacted.map(({ path }) => path),
      ['PID-3', 'PID-5', 'PID-7', 'PID-11', 'PID-13'],
    )
    const all = redacted.toString()
    for (const part of [
      'Hansen',
      'Berg',
      'Kari',
      'Anne',
      '15878599974',
      '4711',
      'Storgata',
      '9008',
      '99 00',
      '19850715',
    ]) {
      assert.ok(!all.includes(part), part)
    }
  })

  test('the same person is the same pseudonym in another message', () => {
    const one = redact(message(PATIENT), options).message
    const other = redact(message('PID|1||004711~15878599974||HANSEN^KARI', 'NK1|1|Hansen^Ola'), options).message
    assert.equal(other.text('PID-3[2].1'), one.text('PID-3[1].1'))
    assert.equal(other.text('PID-5.1'), one.text('PID-5.1.1')?.toUpperCase())
    assert.equal(other.text('NK1-2.1'), one.text('PID-5.1.1'))
  })

  test('free text goes, results stay', () => {
    const { message: redacted } = redact(
      message(
        'OBX|1|FT|NOTE||Pasienten er sliten\\.br\\og blek~mer',
        'OBX|2|NM|K||4.1|mmol/L',
        'OBX|3|ST|S||positive',
        'NTE|1||Ring mor',
        'DG1|1||^brakk armen på Storgata',
      ),
      options,
    )
    assert.equal(redacted.raw('OBX[1]-5'), `${REDACTED_TEXT}~${REDACTED_TEXT}`)
    assert.equal(redacted.text('OBX[2]-5'), '4.1')
    assert.equal(redacted.text('OBX[3]-5'), 'positive')
    assert.equal(redacted.text('NTE-3'), REDACTED_TEXT)
    assert.equal(redacted.raw('DG1-3'), `^${REDACTED_TEXT}`)
  })

  test('documents are emptied', () => {
    const { message: redacted } = redact(message('OBX|1|ED|PDF||^application^pdf^Base64^JVBERi0='), options)
    assert.ok(!redacted.toString().includes('JVBERi0'))
  })

  test('Z segments and unknown fields are cleared and reported, or kept when told so, but never with a trace', () => {
    const original = message(PATIENT, 'ZPD|1|x|Fru Hansen, født 15.07.1985, 158785 99974', `PV1|${'|'.repeat(60)}extra`)
    const cleared = redact(original, options)
    assert.deepEqual(cleared.report.uncovered, ['ZPD-1', 'ZPD-2', 'ZPD-3', 'PV1-61'])
    assert.equal(cleared.message.raw('ZPD-3'), '')
    const kept = redact(original, { ...options, uncovered: 'keep' })
    assert.deepEqual(kept.report.traces, ['ZPD-3'])
    assert.equal(kept.message.text('ZPD-2'), 'x')
    assert.match(kept.message.text('ZPD-3') ?? '', /^Fru [A-Z]\w+, født \d{8}, \d{11}$/)
  })

  test('names are found where nobody expects them', () => {
    const { message: redacted, report } = redact(
      message(PATIENT, 'OBX|1|ST|S||Sent by HANSEN|||||F|||20260101'),
      options,
    )
    assert.ok(!/hansen/i.test(redacted.toString()))
    assert.deepEqual(report.traces, ['OBX-5'])
  })

  test('staff in segments about systems are people too, and the header of the message stays', () => {
    const original = message('OM1|1|X||||||Brand name', PATIENT)
    original.set('MSH-21', ['IHE_PCD_ORU_R01', 'IHE']).set('OM1-17.4', 'lab@hospital.no')
    const { message: redacted } = redact(original, options)
    assert.equal(redacted.segment('MSH')?.raw(), original.segment('MSH')?.raw())
    assert.ok(!redacted.toString().includes('lab@hospital.no'))
    assert.equal(redacted.text('OM1-8'), 'Brand name')
  })

  test('lines that are no segments are removed', () => {
    const parsed = parse(`${message(PATIENT).toString()}\rNTE|1||first\rsecond line by Kari`)
    assert.ok(parsed.ok)
    const { message: redacted, report } = redact(parsed.message, options)
    assert.deepEqual(report.removedLines, [4])
    assert.ok(!redacted.toString().includes('Kari'))
  })

  test('rules of the site come first, and a field before its segment', () => {
    const rules = [
      { path: 'ZPD', as: 'keep' },
      { path: 'ZPD-2', as: 'identifier' },
      { path: 'PID-5', as: 'clear' },
    ] as const
    const { message: redacted, report } = redact(message(PATIENT, 'ZPD|1|77777'), { ...options, rules })
    assert.equal(redacted.raw('PID-5'), '&&^^^^^^')
    assert.match(redacted.text('ZPD-2') ?? '', /^\d{5}$/)
    assert.deepEqual(report.uncovered, [])
    assert.throws(() => redact(message(), { ...options, rules: [{ path: 'PID-3.1', as: 'keep' }] }), {
      code: 'path-invalid',
    })
  })

  test('all dates move together when asked to', () => {
    const moved = redact(message(PATIENT, 'OBX|1|NM|K||4||||||F|||20260110', 'OBX|2|NM|K||4||||||F|||20260111'), {
      ...options,
      moveDates: true,
    }).message
    const day = (text = ''): number => Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`)
    assert.equal(day(moved.text('OBX[2]-14')) - day(moved.text('OBX[1]-14')), 86_400_000)
    assert.notEqual(moved.text('OBX[1]-14'), '20260110')
  })

  test('the original is not touched, and null and the message’s own form stay', () => {
    const original = message('PID|1||7777777||""|""')
    const before = original.toString()
    const { message: redacted } = redact(original, options)
    assert.equal(original.toString(), before)
    assert.match(redacted.toString(), /PID\|1\|\|\d{7}\|\|""\|""$/)
  })

  test('nothing that was replaced stands anywhere in the public messages', { skip: corpusMissing }, () => {
    for (const { message: text } of corpusMessages()) {
      const parsed = parse(text)
      if (!parsed.ok) continue
      const { message: redacted } = redact(parsed.message, options)
      const words = new Set(
        redacted
          .toString()
          .toLowerCase()
          .match(/[\p{L}\p{M}\p{N}]+/gu),
      )
      const sensitive = ['PID-5.1.1', 'PID-5.2', 'PID-3.1', 'PID-7', 'PID-19'] as const
      for (const path of sensitive) {
        const value = (parsed.message.text(path) ?? '').toLowerCase()
        // What also stands in the header, which is no patient's, stays there.
        if (/^[\p{L}\p{N}]{5,}$/u.test(value) && !parsed.message.segment('MSH')?.raw().toLowerCase().includes(value)) {
          assert.ok(!words.has(value), `${path} of ${parsed.message.controlId}`)
        }
      }
    }
  })
})
