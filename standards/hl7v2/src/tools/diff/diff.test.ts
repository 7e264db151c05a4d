import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { corpusMessages, corpusMissing } from '../../../test/corpus.ts'
import { leavesOf } from '../../leaves.ts'
import type { Message } from '../../message.ts'
import { parse } from '../../parse.ts'
import { parsePath } from '../../path.ts'
import { diff, DIFF_IGNORE_ENVELOPE } from './diff.ts'
import { formatDiff } from './format-diff.ts'
import { align } from './align.ts'

function message(...lines: string[]): Message {
  const parsed = parse(['MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5.1', ...lines].join('\r'))
  assert.ok(parsed.ok)
  return parsed.message
}

function lines(a: Message, b: Message, ignore: readonly string[] = []): readonly string[] {
  return formatDiff(diff(a, b, { ignore }))
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replaceAll(/  +/g, '  '))
}

describe('diff', () => {
  test('a message equals itself', () => {
    const a = message('PID|1||123^^^HOS^MR~456||Hansen^Ola')
    assert.deepEqual(diff(a, a.clone()), { equal: true, changes: [] })
  })

  test('delimiters, escapes, line ends and empty ends make no difference but for MSH-2 itself', () => {
    const a = message('PID|1||123||A\\X26\\B^Ola|||')
    const parsed = parse('MSH|$~\\&|A|B|C|D|20260101||ORU$R01|1|P|2.5.1\r\nPID|1||123||A\\T\\B$Ola\r\n')
    assert.ok(parsed.ok)
    assert.deepEqual(lines(a, parsed.message), ['~ MSH-2  ^~\\& → $~\\&'])
  })

  test('a changed leaf is told by its path', () => {
    assert.deepEqual(lines(message('PID|1||7||Hansen^Ola'), message('PID|1||7||Jensen^Ola^M')), [
      '~ PID-5.1  Hansen → Jensen',
      '+ PID-5.3  M',
    ])
  })

  test('an observation in the middle is added, and the later ones stay paired though their numbers move', () => {
    const a = message('OBR|1|||X', 'OBX|1|NM|NA||140', 'OBX|2|NM|K||4')
    const b = message('OBR|1|||X', 'OBX|1|NM|NA||140', 'OBX|2|NM|CL||101', 'OBX|3|NM|K||4.1')
    assert.deepEqual(lines(a, b), [
      '+ OBX[2]  OBX|2|NM|CL||101',
      '~ OBX[2]-1 → OBX[3]-1  2 → 3',
      '~ OBX[2]-5 → OBX[3]-5  4 → 4.1',
    ])
  })

  test('observations of different things are never one changed observation', () => {
    assert.deepEqual(lines(message('OBX|1|NM|NA||140'), message('OBX|1|NM|K||4')), [
      '- OBX  OBX|1|NM|NA||140',
      '+ OBX  OBX|1|NM|K||4',
    ])
  })

  test('repetitions are paired by what they share', () => {
    const a = message('PID|1||1^^^A^MR~2^^^B^PI')
    const b = message('PID|1||3^^^C^SS~1^^^A^XX~2^^^B^PI')
    assert.deepEqual(lines(a, b), ['+ PID-3[1]  3^^^C^SS', '~ PID-3[1].5 → PID-3[2].5  MR → XX'])
  })

  test('null and empty differ', () => {
    assert.deepEqual(lines(message('PID|1|""|7'), message('PID|1||7')), ['- PID-2  ""'])
  })

  test('ignored paths are passed over in every occurrence, or in the one named', () => {
    const a = message('OBX|1|NM|NA||140|||||||||20260101', 'OBX|2|NM|K||4|||||||||20260101', 'ZXX|1')
    const b = message('OBX|1|NM|NA||140|||||||||20260102', 'OBX|2|NM|K||4|||||||||20260102', 'ZXX|2')
    b.set('MSH-7', '2027').set('MSH-10', '9')
    assert.deepEqual(lines(a, b, [...DIFF_IGNORE_ENVELOPE, 'OBX-14', 'ZXX']), [])
    assert.deepEqual(lines(a, b, ['MSH', 'OBX[2]-14', 'ZXX']), ['~ OBX[1]-14  20260101 → 20260102'])
    assert.throws(() => diff(a, b, { ignore: ['PID.3'] }), { code: 'path-invalid' })
  })

  test('one changed value of a public message is one difference at its own path', { skip: corpusMissing }, () => {
    for (const { message: text } of corpusMessages().filter((_, i) => i % 6 === 0)) {
      const parsed = parse(text)
      if (!parsed.ok) continue
      for (const leaf of [...leavesOf(parsed.message)].filter((_, i) => i % 5 === 0)) {
        // What an observation is about makes it another one, and repetitions that share nothing are others, too.
        const path = parsePath(leaf.path)
        if (!path.ok || /^(?:MSH-[12]$|OBX.*-[34]|OBR.*-4)/.test(leaf.path) || path.parts.repetition > 0) continue
        const changed = parsed.message.clone().set(path.path, 'Changed')
        assert.deepEqual(diff(parsed.message, changed).changes, [
          {
            kind: 'changed',
            level: 'value',
            before: { path: leaf.path, text: leaf.text },
            after: { path: leaf.path, text: 'Changed' },
          },
        ])
      }
    }
  })

  test('names of a dictionary stand behind the values', () => {
    const text = formatDiff(diff(message('PID|1'), message('PID|2')), {
      dictionary: { nameOf: path => `name of ${path}` },
    })
    assert.equal(text, '~ PID-1  1 → 2  (name of PID-1)\n')
  })

  test('forty thousand different segments are compared without a table of all pairs', () => {
    const many = (start: number): Message =>
      message(...Array.from({ length: 20_000 }, (_, i) => `NTE|${i}||${i * start}`))
    const started = performance.now()
    assert.equal(diff(many(3), many(7)).equal, false)
    assert.ok(performance.now() - started < 10_000)
  })
})

describe('align', () => {
  test('every element of both lists appears once and in order', () => {
    const list = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 })
    fc.assert(
      fc.property(list, list, fc.boolean(), (a, b, greedy) => {
        const pairs = align(a.length, b.length, (i, j) => (a[i] === b[j] ? 2 : 0), 2, greedy ? 0 : undefined)
        assert.deepEqual(
          pairs.flatMap(pair => pair.a ?? []),
          [...a.keys()],
        )
        assert.deepEqual(
          pairs.flatMap(pair => pair.b ?? []),
          [...b.keys()],
        )
        for (const pair of pairs) if (pair.a !== undefined && pair.b !== undefined) assert.equal(a[pair.a], b[pair.b])
      }),
    )
  })
})
