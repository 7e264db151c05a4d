import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { corpusMessages, corpusMissing } from '../../../test/corpus.ts'
import { loadDictionary } from '../../dictionary/load.ts'
import { leavesOf } from '../../leaves.ts'
import type { Message } from '../../message.ts'
import { parse } from '../../parse.ts'
import type { ExplainedElement } from './explain.ts'
import { explain } from './explain.ts'
import { formatExplanation } from './format-explanation.ts'

const dictionary = await loadDictionary('2.5.1')

function message(...lines: string[]): Message {
  const parsed = parse(['MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5.1', ...lines].join('\r'))
  assert.ok(parsed.ok)
  return parsed.message
}

describe('explain', () => {
  test('values stand beside the names of the standard, codes beside their meaning, dates in ISO 8601', () => {
    const original = message('PID|1||123^^^HOS&1.2.3&ISO^MR~456||Hansen^Kari||198507151230+0100|F|""', 'ZPD|x^y')
    const text = formatExplanation(explain(original, dictionary, { segments: ['PID', 'ZPD'] }))
    assert.equal(
      text,
      `PID  Patient Identification
  PID-1         Set ID - PID:               1
  PID-3[1]      Patient Identifier List
  PID-3[1].1      ID Number:                123
  PID-3[1].4      Assigning Authority
  PID-3[1].4.1      Namespace ID:           HOS
  PID-3[1].4.2      Universal ID:           1.2.3
  PID-3[1].4.3      Universal ID Type:      ISO (An International Standards Organization Object Identifier)
  PID-3[1].5      Identifier Type Code:     MR (Medical record number)
  PID-3[2]      Patient Identifier List:    456
  PID-5         Patient Name
  PID-5.1         Family Name:              Hansen
  PID-5.2         Given Name:               Kari
  PID-7         Date/Time of Birth:         198507151230+0100 (1985-07-15T12:30+01:00)
  PID-8         Administrative Sex:         F (Female)
  PID-9         Patient Alias:              "" (delete what is stored)
ZPD
  ZPD-1         (not in the dictionary)
  ZPD-1.1         (not in the dictionary):  x
  ZPD-1.2         (not in the dictionary):  y
`,
    )
  })

  test('an observation value is explained by its type in OBX-2', () => {
    const { segments } = explain(message('OBX|1|CE|X^Y^L||260385009^Negative^SCT'), dictionary, { segments: ['OBX'] })
    const value = segments[0]?.elements.find(({ path }) => path === 'OBX-5')
    assert.equal(value?.dataType, 'CE')
    assert.deepEqual(
      value?.elements?.map(({ name }) => name),
      ['Identifier', 'Text', 'Name of Coding System'],
    )
  })

  test('control characters and long values stay on one short line', () => {
    const text = formatExplanation(explain(message(`NTE|1||a\\.br\\b\\X1B\\${'x'.repeat(500)}`), dictionary))
    assert.match(text, /a␊b␛x+… \(504 characters\)\n/)
  })

  test('every leaf of the public messages is explained once, under its own path', { skip: corpusMissing }, () => {
    for (const { message: text } of corpusMessages().slice(0, 300)) {
      const parsed = parse(text)
      if (!parsed.ok) continue
      const values: string[] = []
      const walk = (element: ExplainedElement): void => {
        if (element.value !== undefined) values.push(`${element.path}=${element.value}`)
        element.elements?.forEach(walk)
      }
      explain(parsed.message, dictionary).segments.forEach(segment => segment.elements.forEach(walk))
      assert.deepEqual(
        values,
        [...leavesOf(parsed.message)].map(leaf => `${leaf.path}=${leaf.text}`),
      )
    }
  })
})
