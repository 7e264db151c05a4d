import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Dictionary } from '../dictionary/index.ts'
import { extendVersion, loadDictionary, defineSegment } from '../dictionary/index.ts'
import { parse } from '../parse.ts'
import type { ValidationLevel } from './validation-code.ts'
import type { ValidationOptions } from './validate.ts'
import { validate } from './validate.ts'
import type { ValidationResult } from './validation-issue.ts'

const ADT = [
  'MSH|^~\\&|EHR|HUS|LIS|LAB|20260131101500+0100||ADT^A01^ADT_A01|M1|P|2.5.1',
  'EVN|A01|20260131101500+0100',
  'PID|1||4711^^^HUS&2.16.578.1&ISO^MR||Nordmann^Ola||19690116|M',
  'PV1|1|I|MED1^204^2',
]

let v251: Dictionary
let v23: Dictionary
let v28: Dictionary
before(async () => {
  v251 = await loadDictionary('2.5.1')
  v23 = await loadDictionary('2.3')
  v28 = await loadDictionary('2.8')
})

function check(
  lines: readonly string[],
  dictionary: Dictionary,
  level: ValidationLevel = 'strict',
  options: Partial<ValidationOptions> = {},
): ValidationResult {
  const parsed = parse(lines.join('\r'))
  assert.ok(parsed.ok)
  return validate(parsed.message, dictionary, { level, parseIssues: parsed.issues, ...options })
}

/** The message with one line in place of the one that begins alike. */
function withLine(line: string): string[] {
  return ADT.map(old => (old.slice(0, 3) === line.slice(0, 3) ? line : old))
}

function found({ issues }: ValidationResult): string[] {
  return issues.map(({ code, path }) => `${code} ${path ?? ''}`.trimEnd())
}

describe('a message that keeps to the standard', () => {
  it('has no findings in strict', () => {
    assert.deepEqual(check(ADT, v251).issues, [])
    assert.equal(check(ADT, v251).ok, true)
  })

  it('is compared with the dictionary that is given, and told so', () => {
    assert.deepEqual(found(check(ADT, v28)).includes('version-differs MSH-12'), true)
  })
})

describe('structure', () => {
  it('names a segment that is missing, and before what', () => {
    const result = check(
      ADT.filter(line => !line.startsWith('EVN')),
      v251,
    )
    assert.deepEqual(found(result), ['segment-missing EVN'])
    assert.match(result.issues[0]?.text ?? '', /requires EVN before PID/)
    assert.equal(result.issues[0]?.condition, '100')
  })

  it('names one that is missing at the end', () => {
    assert.deepEqual(found(check(ADT.slice(0, 3), v251)), ['segment-missing PV1'])
  })

  it('calls a segment in the wrong place misplaced, and not missing as well', () => {
    const [msh = '', evn = '', pid = '', pv1 = ''] = ADT
    assert.deepEqual(found(check([msh, pid, evn, pv1], v251)), ['segment-misplaced PID'])
    assert.deepEqual(found(check([msh, evn, pid, 'AL1|1|DA|X^Y^L', pv1], v251)), ['segment-misplaced AL1'])
  })

  it('finds a segment that the structure does not repeat, and one that it does not have', () => {
    assert.deepEqual(found(check([...ADT, ADT[3] ?? ''], v251)), ['segment-repeated PV1[2]'])
    assert.deepEqual(found(check([...ADT, 'OBR|1||F1|X^Y^L'], v251)), ['segment-unexpected OBR'])
    assert.deepEqual(found(check([...ADT, 'QQQ|1'], v251)), ['segment-unknown QQQ'])
  })

  it('takes Z segments anywhere, and says so only in strict', () => {
    const lines = [ADT[0] ?? '', 'ZAA|1', ...ADT.slice(1), 'ZBB|x']
    assert.deepEqual(found(check(lines, v251)), ['segment-local ZAA', 'segment-local ZBB'])
    assert.equal(check(lines, v251).ok, true)
    assert.deepEqual(check(lines, v251, 'lenient').issues, [])
  })

  it('follows groups that repeat and nest', () => {
    const oru = [
      'MSH|^~\\&|LIS|LAB|EHR|HUS|20260131101500||ORU^R01^ORU_R01|M1|P|2.5.1',
      'PID|1||1^^^HUS||A^B',
      'ORC|RE|1|2',
      'OBR|1|1|2|X^Y^L',
      'OBX|1|NM|X^Y^L||1|g|||||F',
      'NTE|1||x',
      'OBX|2|NM|X^Y^L||1|g|||||F',
      'SPM|1|||SER^Serum^HL70487',
      'OBR|2|1|3|X^Y^L',
      'PID|2||2^^^HUS||A^B',
      'OBR|1|1|4|X^Y^L',
    ]
    assert.deepEqual(found(check(oru, v251)), [])
    assert.deepEqual(found(check(oru.slice(0, 3), v251)), ['segment-missing OBR'])
    assert.deepEqual(found(check(oru.slice(0, 2), v251)), ['group-missing OBR'])
  })

  it('uses the structure of the event where MSH-9.3 is empty, and says where it does not fit', () => {
    assert.deepEqual(found(check(withLine((ADT[0] ?? '').replace('ADT^A01^ADT_A01', 'ADT^A04')), v251)), [])
    assert.deepEqual(found(check(withLine((ADT[0] ?? '').replace('ADT^A01^ADT_A01', 'ADT^A04^ADT_A04')), v251)), [
      'structure-mismatch MSH-9.3',
      'table-value-invalid MSH-9.3',
    ])
  })

  it('knows that a message type or event is none of the version', () => {
    assert.ok(
      found(check(withLine((ADT[0] ?? '').replace('ADT^A01^ADT_A01', 'ABC^A01')), v251)).includes(
        'message-type-unknown MSH-9.1',
      ),
    )
    assert.ok(
      found(check(withLine((ADT[0] ?? '').replace('ADT^A01^ADT_A01', 'ADT^A99')), v251)).includes(
        'event-unknown MSH-9.2',
      ),
    )
  })

  it('refuses only a message without a type in lenient', () => {
    const result = check(withLine((ADT[0] ?? '').replace('ADT^A01^ADT_A01', '')), v251, 'lenient')
    assert.equal(result.ok, false)
    assert.deepEqual(
      result.issues.filter(({ severity }) => severity === 'error').map(({ code }) => code),
      ['message-type-missing'],
    )
  })
})

describe('fields', () => {
  it('requires what the standard requires', () => {
    assert.deepEqual(found(check(withLine('PID|1||||Nordmann^Ola||19690116|M'), v251)), ['field-missing PID-3'])
    assert.deepEqual(found(check(withLine('PID|1||""||Nordmann^Ola'), v251)), ['field-null PID-3'])
  })

  it('checks formats to their precision and zone', () => {
    const withBirth = (text: string): string[] => found(check(withLine(`PID|1||1^^^HUS||A^B||${text}`), v251))
    for (const good of ['1969', '196901', '19690116', '1969011610', '196901161015', '19690116101500.1234-0500']) {
      assert.deepEqual(withBirth(good), [], good)
    }
    for (const bad of [
      '69',
      '19691301',
      '19690230',
      '19690116101',
      '1969-01-16',
      '19690116101500.12345',
      '196901161060',
    ]) {
      assert.deepEqual(withBirth(bad), ['value-type-invalid PID-7.1'], bad)
    }
  })

  it('wants minutes with an hour before 2.5', () => {
    const lines = withLine('PID|1||1^^^HUS||A^B||1969011610').map(line => line.replace('|2.5.1', '|2.3'))
    assert.ok(found(check(lines, v23)).includes('value-type-invalid PID-7.1'))
  })

  it('finds what is no number, and what has no place', () => {
    assert.deepEqual(found(check(withLine('PID|x||1^^^HUS||A^B'), v251)), ['value-type-invalid PID-1'])
    assert.deepEqual(found(check(withLine('PV1|1|I^^^^'), v251, 'strict', { checks: ['unknown'] })), [])
    assert.deepEqual(found(check(withLine('PV1|1|I^x'), v251, 'strict', { checks: ['unknown'] })), [
      'component-unknown PV1-2',
    ])
    assert.deepEqual(found(check(withLine('PID|1||1&2^^^HUS||A^B'), v251)), ['subcomponent-unknown PID-3.1'])
    assert.deepEqual(found(check([...ADT, `ACC${'|'.repeat(12)}x`], v251)), ['field-unknown ACC-12'])
  })

  it('tells HL7 tables from those of sites', () => {
    const hl7 = check(withLine((ADT[0] ?? '').replace('|P|', '|Q|')), v251)
    assert.deepEqual(found(hl7), ['table-value-invalid MSH-11.1'])
    assert.equal(hl7.issues[0]?.severity, 'error')
    assert.equal(hl7.issues[0]?.condition, '103')
    assert.equal(check(withLine((ADT[0] ?? '').replace('|P|', '|Q|')), v251, 'lenient').issues[0]?.severity, 'warning')
    const user = check(withLine('PID|1||1^^^HUS||A^B||1969|K'), v251)
    assert.deepEqual(found(user), ['table-value-local PID-8'])
    assert.equal(user.issues[0]?.severity, 'information')
  })

  it('says when only the case of a code differs', () => {
    const result = check(withLine((ADT[0] ?? '').replace('|P|', '|p|')), v251)
    assert.match(result.issues[0]?.text ?? '', /upper and lower case/)
  })

  it('measures characters, and takes lengths before 2.7 as agreed by sites', () => {
    const long = withLine('PV1|12345|I')
    const result = check(long, v251, 'strict', { checks: ['lengths'] })
    assert.deepEqual(
      result.issues.map(({ code, severity, condition }) => [code, severity, condition]),
      [['length-recommended', 'warning', '104']],
    )
    const newer = check(
      long.map(line => line.replace('|2.5.1', '|2.8')),
      v28,
      'strict',
      { checks: ['lengths'] },
    )
    assert.deepEqual(found(newer), ['value-too-long PV1-1'])
  })

  it('counts repetitions', () => {
    assert.deepEqual(found(check(withLine('PID|1||1^^^HUS||A^B||1969~1970'), v251)), ['repetitions-too-many PID-7'])
    assert.deepEqual(found(check(withLine('PID|1||1^^^HUS~2^^^HUS~x^^^^^^y||A^B'), v251)), [
      'value-type-invalid PID-3[3].7',
    ])
  })

  it('reads OBX-5 as what OBX-2 says', () => {
    const obx = (type: string, value: string): string[] =>
      found(check([...ADT, `OBX|1|${type}|X^Y^L||${value}||||||F`], v251))
    assert.deepEqual(obx('NM', '12.5'), [])
    assert.deepEqual(obx('NM', '12,5'), ['value-type-invalid OBX-5'])
    assert.deepEqual(obx('SN', '>^1'), [])
    assert.deepEqual(obx('SN', 'more than^1'), ['component-rule OBX-5.1'])
    assert.deepEqual(obx('', '12'), ['condition-missing OBX-2'])
    assert.deepEqual(obx('CE', 'A^Text^L~B'), [])
  })

  it('keeps universal ids with their types', () => {
    assert.deepEqual(found(check(withLine('PID|1||1^^^HUS&1.2.3||A^B'), v251)), ['component-rule PID-3.4.3'])
    assert.deepEqual(found(check(withLine('PID|1||1^^^HUS&1.2.x&ISO||A^B'), v251)), ['component-rule PID-3.4.2'])
  })

  it('calls withdrawn what the version withdrew', () => {
    const lines = withLine('PID|1|old|1^^^HUS||A^B').map(line => line.replace('|2.5.1', '|2.8'))
    assert.ok(found(check(lines, v28)).includes('field-withdrawn PID-2'))
  })

  it('finds escapes and characters that are none', () => {
    assert.deepEqual(found(check(withLine('PV1|1|I|\\Q\\'), v251, 'strict', { checks: ['syntax'] })), [
      'escape-invalid PV1-3.1',
    ])
    assert.deepEqual(found(check(withLine('PV1|1|I|a\x01b'), v251, 'strict', { checks: ['syntax'] })), [
      'control-character PV1-3.1',
    ])
  })
})

describe('what a site declares', () => {
  it('is checked like the standard: segments, places and tables', async () => {
    const zpd = defineSegment('ZPD', {
      fields: { group: { number: 1, dataType: 'ID', table: 'BLOOD', optionality: 'R' } },
    })
    const hospital = await loadDictionary(
      extendVersion('2.5.1', {
        segments: [zpd],
        structures: { ADT_A01: [{ after: 'PID', add: 'ZPD?' }] },
        tables: { BLOOD: { codes: { A: 'A', O: '0' } } },
      }),
    )
    const lines = (zpd: string): string[] => [...ADT.slice(0, 3), zpd, ...ADT.slice(3)]
    assert.deepEqual(found(check(lines('ZPD|A'), hospital)), [])
    assert.deepEqual(found(check(lines('ZPD|X'), hospital)), ['table-value-invalid ZPD-1'])
    assert.deepEqual(found(check(lines('ZPD'), hospital)), ['field-missing ZPD-1'])
    assert.deepEqual(found(check([...ADT, 'ZPD|A'], hospital)), ['segment-misplaced ZPD'])
  })
})

describe('limits and content', () => {
  it('ends a flood of findings, and does not call the rest valid', () => {
    const lines = [...ADT, ...Array.from({ length: 50 }, () => 'OBX|x|NM|||y')]
    const result = check(lines, v251, 'strict', { limits: { issuesMax: 20 } })
    assert.equal(result.issues.length, 21)
    assert.equal(result.issues.at(-1)?.code, 'issues-too-many')
    assert.equal(result.ok, false)
  })

  it('never says what a message holds', () => {
    const secret = 'SECRET'
    const lines = [
      `MSH|^~\\&|${secret}|${secret}|x|y|${secret}||${secret}^${secret}^${secret}|M1|${secret}|${secret}`,
      `PID|${secret}||${secret}^^^^^^${secret}||||${secret}|${secret}`,
      `${secret}${secret}`,
      `OBX|${secret}|${secret}|||${secret}\\${secret}\\`,
    ]
    for (const level of ['strict', 'lenient'] as const) {
      const { issues } = check(lines, v251, level)
      assert.ok(issues.length > 4)
      assert.ok(!JSON.stringify(issues).includes(secret))
    }
  })
})
