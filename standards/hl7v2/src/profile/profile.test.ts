import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Dictionary } from '../dictionary/index.ts'
import { loadDictionary } from '../dictionary/index.ts'
import { parse } from '../parse.ts'
import type { ValidationLevel } from '../validation/validation-code.ts'
import type { ValidationResult } from '../validation/validation-issue.ts'
import { validate } from '../validation/validate.ts'
import type { Profile } from './profile.ts'
import { defineProfile, ProfileError } from './profile.ts'

const ORU = [
  'MSH|^~\\&|LIS|LAB|EHR|HUS|20260131101500||ORU^R01^ORU_R01|M1|P|2.5.1',
  'PID|1||4711^^^HUS||Nordmann^Ola',
  'OBR|1|1|2|X^Y^L',
  'OBX|1|NM|HB^Hemoglobin^L||12.5|g/dL|||||F',
  'OBX|2|ST|TXT^Text^L||fine||||||F',
]

let dictionary: Dictionary
before(async () => {
  dictionary = await loadDictionary('2.5.1')
})

function check(profile: Profile, lines: readonly string[] = ORU, level: ValidationLevel = 'lenient'): ValidationResult {
  const parsed = parse(lines.join('\r'))
  assert.ok(parsed.ok)
  return validate(parsed.message, dictionary, { level, profile })
}

function found(result: ValidationResult): string[] {
  return result.issues.filter(({ profile }) => profile !== undefined).map(({ code, path }) => `${code} ${path ?? ''}`)
}

function profile(rules: Parameters<typeof defineProfile>[0]['rules']): Profile {
  return defineProfile({ name: 'test', rules })
}

describe('a profile in code', () => {
  it('is kept to by a message that keeps to it, at either level', () => {
    const results = defineProfile({
      name: 'results',
      messageTypes: ['ORU^R01'],
      rules: {
        'PID-3': { usage: 'R', max: 2 },
        'PID-3.1': { usage: 'R', lengthMax: 10, pattern: /^\d+$/ },
        'OBX-2': { values: ['NM', 'ST'] },
        'OBX-6': { usage: { when: { path: '2', in: ['NM'] }, use: 'R', otherwise: 'X' } },
        'PATIENT_RESULT.PATIENT.NK1': { usage: 'X' },
      },
    })
    assert.deepEqual(found(check(results)), [])
    assert.deepEqual(found(check(results, ORU, 'strict')), [])
    assert.equal(check(results).ok, true)
  })

  it('makes errors of its rules even in lenient, and names itself', () => {
    const result = check(profile({ 'PID-8': { usage: 'R', note: 'the ward rounds need it' } }))
    assert.deepEqual(found(result), ['field-missing PID-8'])
    assert.equal(result.ok, false)
    assert.equal(result.issues[0]?.profile, 'test')
    assert.match(result.issues[0]?.text ?? '', /the ward rounds need it/)
  })

  it('is for its message types', () => {
    const adt = defineProfile({ name: 'adt', messageTypes: ['ADT'], rules: {} })
    assert.deepEqual(found(check(adt)), ['profile-differs MSH-9'])
  })

  it('holds segments and groups to their cardinality', () => {
    assert.deepEqual(found(check(profile({ OBSERVATION: { max: 1 } }))), ['segment-repeated OBX[2]'])
    assert.deepEqual(found(check(profile({ OBSERVATION: { usage: 'R', min: 3 } }))), ['group-missing OBX'])
    assert.deepEqual(found(check(profile({ PV1: { usage: 'R' }, VISIT: { usage: 'R' } }))), ['group-missing PV1'])
    const once = profile({ PATIENT_RESULT: { max: 1 }, 'PATIENT_RESULT.ORDER_OBSERVATION': { max: 1 } })
    assert.deepEqual(found(check(once, [...ORU, ORU[2] ?? ''])), ['segment-repeated OBR[2]'])
    const twice = profile({ PATIENT_RESULT: { max: 1 }, ORDER_OBSERVATION: { max: 2 } })
    assert.deepEqual(found(check(twice, [...ORU, 'OBR|2|1|3|X^Y^L', 'OBR|3|1|4|X^Y^L'])), ['group-repeated OBR[3]'])
    assert.deepEqual(found(check(profile({ OBX: { usage: 'X' } }))), [
      'element-not-supported OBX[1]',
      'element-not-supported OBX[2]',
    ])
  })

  it('holds repetitions, lengths, values and patterns, each with its place', () => {
    const lines = ORU.map(line => (line.startsWith('PID') ? 'PID|1||47^^^HUS~x^^^HUS||Nordmann^Ola' : line))
    assert.deepEqual(found(check(profile({ 'PID-3': { max: 1 } }), lines)), ['repetitions-too-many PID-3'])
    assert.deepEqual(found(check(profile({ 'PID-3': { min: 3 } }), lines)), ['repetitions-too-few PID-3'])
    assert.deepEqual(found(check(profile({ 'PID-3.1': { pattern: /^\d+$/ } }), lines)), ['pattern-mismatch PID-3[2].1'])
    assert.deepEqual(found(check(profile({ 'PID-3.1': { lengthMin: 2 } }), lines)), ['value-too-short PID-3[2].1'])
    assert.deepEqual(found(check(profile({ 'PID-3.4.1': { values: ['OUS'] } }), lines)), [
      'value-not-allowed PID-3[1].4.1',
      'value-not-allowed PID-3[2].4.1',
    ])
    assert.deepEqual(found(check(profile({ 'PID-3.5': { usage: 'R' } }), lines)), [
      'component-missing PID-3[1].5',
      'component-missing PID-3[2].5',
    ])
  })

  it("sets a length in place of the standard's", () => {
    const lines = ORU.map(line => line.replace('OBX|1|', 'OBX|12345|'))
    const texts = check(profile({ 'OBX-1': { lengthMax: 5 } }), lines, 'strict').issues
    assert.deepEqual(
      texts.filter(({ check: name }) => name === 'lengths'),
      [],
    )
  })

  it('closes a table that the standard leaves open', () => {
    const lines = ORU.map(line => (line.startsWith('PID') ? `${line}||1969|K` : line))
    assert.deepEqual(found(check(profile({ 'PID-8': { table: '0001' } }), lines)), ['value-not-allowed PID-8'])
  })

  it('tells the same segment in two groups apart', () => {
    const spm = [...ORU, 'SPM|1|||SER^Serum^HL70487', 'OBX|3|ST|X^Y^L||z||||||F']
    const rules = { 'PATIENT_RESULT.ORDER_OBSERVATION.SPECIMEN.OBX-14': { usage: 'R' } } as const
    assert.deepEqual(found(check(profile(rules), spm)), ['field-missing OBX[3]-14'])
  })

  it('decides conditions by code too', () => {
    const rule = { usage: { when: () => true, use: 'X' } } as const
    assert.deepEqual(found(check(profile({ 'PID-5': rule }))), ['element-not-supported PID-5'])
  })

  it('describes what the dictionary does not know', () => {
    const nodes = [
      { kind: 'segment', id: 'MSH', min: 1, max: 1 },
      { kind: 'segment', id: 'ZLB', min: 1, max: 1 },
    ] as const
    const own = defineProfile({ name: 'own', nodes, rules: { 'ZLB-2.1': { usage: 'R' }, 'ZLB-3': { usage: 'R' } } })
    assert.deepEqual(found(check(own, [ORU[0] ?? '', 'ZLB|1|^x'])), [
      'component-missing ZLB-2.1',
      'field-missing ZLB-3',
    ])
    assert.deepEqual(found(check(own, [ORU[0] ?? ''])), ['segment-missing ZLB'])
  })

  it('is refused where it cannot be meant', () => {
    for (const rules of [
      { 'pid-3': {} },
      { 'PID-3[2]': {} },
      { 'PID-3': { min: 2, max: 1 } },
      { 'PID-3': { usage: { when: { path: 'x' }, use: 'R' } } },
      { PID: { usage: { when: { path: '3' }, use: 'R' } } },
      { 'PID-3': { pattern: /x/g } },
    ] as const) {
      assert.throws(() => defineProfile({ name: 'bad', rules }), ProfileError)
    }
  })
})
