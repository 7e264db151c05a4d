import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { corpusMessages, corpusMissing, malformedFiles } from '../../../test/corpus.ts'
import { encodeUtf8 } from '../../charset.ts'
import { parse } from '../../parse.ts'
import { fromJson } from './from-json.ts'
import type { MessageJson } from './message-json.ts'
import { toJson } from './to-json.ts'

function roundTrip(bytes: Uint8Array): void {
  const parsed = parse(bytes)
  if (!parsed.ok) return
  // A change of nothing, so that the message is formatted from its segments and not from the bytes it kept.
  const json: unknown = JSON.parse(JSON.stringify(toJson(parsed.message)))
  const back = fromJson(json)
  assert.ok(back.ok, JSON.stringify(back.issues))
  assert.deepEqual(Buffer.from(back.message.format()), Buffer.from(bytes))
}

const HEADER = 'MSH|^~\\&|A|B|||20260101||ADT^A01|1|P|2.5.1'

describe('JSON form', () => {
  test('an index is a field number, and arrays are repetitions, components, subcomponents', () => {
    const parsed = parse(`${HEADER}\rPID|1||123^^^HOS&1.2&ISO~456||A\\T\\B|\r`)
    assert.ok(parsed.ok)
    const json = toJson(parsed.message)
    assert.deepEqual(json.segments, [
      ['MSH', '|', '^~\\&', 'A', 'B', '', '', '20260101', '', [['ADT', 'A01']], '1', 'P', '2.5.1'],
      ['PID', '1', '', [['123', '', '', ['HOS', '1.2', 'ISO']], '456'], '', 'A&B', ''],
    ])
  })

  test('unusual spellings and broken bytes are kept beside their text', () => {
    const parsed = parse(Buffer.from(`${HEADER}\rNTE|1|\\X26\\|\xff\xfe`, 'latin1'))
    assert.ok(parsed.ok)
    const json = toJson(parsed.message)
    assert.deepEqual(json.segments[1]?.[2], { raw: '5c5832365c', text: '&' })
    roundTrip(Buffer.from(`${HEADER}||||||UNICODE UTF-8\rNTE|1|\\X26\\|\xff\xfeå`, 'latin1'))
  })

  test('texts are escaped where the JSON was made by somebody else', () => {
    const json: MessageJson = {
      format: 'hl7v2-er7-1',
      charset: 'utf-8',
      segments: [
        ['MSH', '|', '^~\\&', 'A|B\rC'],
        ['PID', 'å'],
      ],
    }
    const back = fromJson(json)
    assert.ok(back.ok)
    assert.equal(back.message.toString(), 'MSH|^~\\&|A\\F\\B\\X0D\\C\rPID|å\r')
  })

  test('every message of the corpus and every malformed file comes back byte for byte', { skip: corpusMissing }, () => {
    for (const { message } of corpusMessages()) roundTrip(encodeUtf8(message))
    for (const { bytes } of malformedFiles()) roundTrip(bytes)
  })

  test('any bytes after any header come back byte for byte', () => {
    const tail = fc.array(
      fc.constantFrom(
        ...'|^~\\&\r\n\x0b\x1c aZå#'.split(''),
        'PID|',
        'msh|',
        'MSH',
        ' FHS|x',
        '\\X41\\',
        '\\.br\\',
        '\\H\\',
        '\xff',
      ),
      { maxLength: 40 },
    )
    const headers = [
      'MSH|^~\\&|',
      'MSH|^~\\&',
      'MSH|',
      'MSH#$|',
      'MSH|^',
      ' MSH|^~\\&#|A|||||||||||||||8859/1',
      '\xef\xbb\xbf\x0bMSH|^~\\&|A',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...headers), tail, fc.constantFrom('latin1', 'utf8'), (header, parts, encoding) => {
        roundTrip(Buffer.from(header + parts.join(''), encoding === 'latin1' ? 'latin1' : 'utf8'))
      }),
      { numRuns: 1000 },
    )
  })

  test('what is no JSON form is refused by its place', () => {
    const good = { format: 'hl7v2-er7-1', charset: 'utf-8', segments: [['MSH', '|', '^~\\&']] }
    const cases: [unknown, RegExp][] = [
      [null, /^message/],
      [{}, /^format/],
      [{ ...good, charset: 'ebcdic' }, /^charset/],
      [{ ...good, segments: [] }, /^segments\[0\]/],
      [{ ...good, segments: [['PID']] }, /^segments\[0\]/],
      [{ ...good, segments: [['MSH', 'A']] }, /^segments\[0\]\[1\]/],
      [{ ...good, segments: [...good.segments, ['PI|']] }, /^segments\[1\]\[0\]/],
      [{ ...good, segments: [...good.segments, ['PID', 3]] }, /^segments\[1\]\[1\]/],
      [{ ...good, segments: [...good.segments, ['PID', { raw: '0d' }]] }, /^segments\[1\]\[1\]: its bytes/],
      [{ ...good, segments: [...good.segments, ['PID', [[[['deep']]]]]] }, /divided too deeply/],
      [{ ...good, lineEnd: 'PID|' }, /^lineEnd/],
      [{ ...good, charset: '8859/1', segments: [...good.segments, ['PID', '漢']] }, /cannot hold/],
    ]
    for (const [json, expected] of cases) {
      const back = fromJson(json)
      assert.ok(!back.ok)
      assert.match(back.issues[0]?.text ?? '', expected)
    }
    const limited = fromJson(
      { ...good, segments: [...good.segments, ['PID', 'x'.repeat(100)]] },
      { limits: { bytesMax: 50 } },
    )
    assert.equal(limited.ok, false)
  })

  test('anything at all is an answer, not an exception', () => {
    fc.assert(fc.property(fc.anything(), value => void fromJson(value)))
  })
})
