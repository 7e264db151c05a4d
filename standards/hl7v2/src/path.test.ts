import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldPath, Hl7Path, SegmentPath } from './index.ts'
import { buildMessage, parseFieldPath, parsePath } from './index.ts'

test('paths of every depth are taken apart', () => {
  const table: readonly [string, readonly (string | number)[]][] = [
    ['PID-3', ['PID', 1, 3, 0, 0, 0]],
    ['PID-3.1', ['PID', 1, 3, 0, 1, 0]],
    ['PID-5[2].1.1', ['PID', 1, 5, 2, 1, 1]],
    ['OBX[3]-5', ['OBX', 3, 5, 0, 0, 0]],
    ['ZPI[12]-5[10].10.2', ['ZPI', 12, 5, 10, 10, 2]],
  ]
  for (const [path, expected] of table) {
    const result = parsePath(path)
    assert.ok(result.ok)
    const { segmentId, occurrence, field, repetition, component, subcomponent } = result.parts
    assert.deepEqual([segmentId, occurrence, field, repetition, component, subcomponent], expected)
  }
})

test('what is no path is a value with the reason', () => {
  for (const path of [
    '',
    'PID',
    'pid-3',
    'PID-0',
    'PID-',
    'PID.3',
    'PID-3.',
    'PID-3[0]',
    'PIDX-3',
    'PID-3.1.1.1',
    'PID-123456',
  ]) {
    const result = parsePath(path)
    assert.ok(!result.ok, path)
    assert.equal(result.issues[0]?.code, 'path-invalid')
  }
  assert.equal(parseFieldPath('5[2].1'), '5[2].1')
  assert.equal(parseFieldPath('PID-5'), undefined)
})

test('a path that only the compiler could have refused throws, naming the path', () => {
  const m = buildMessage({ type: 'ADT^A01', controlId: '1', at: '2026' })
  assert.throws(() => m.text('PID-0'), { code: 'path-invalid', path: 'PID-0' })
  assert.throws(() => m.text(`PID-${1e21}`), { code: 'path-invalid' })
})

test('paths are checked by the compiler', () => {
  const good: readonly Hl7Path[] = [
    'PID-3',
    'PID-3.1',
    'PID-3.10',
    'PID-5[2].1.1',
    'OBX[3]-5',
    'ZPI-1',
    'Z01[2]-1.2',
    'BHS-7',
  ]
  const segments: readonly SegmentPath[] = ['PID', 'OBX[3]', 'ZPI']
  const fields: readonly FieldPath[] = ['5', '5.1', '5.10', '5[2].1.1']
  assert.equal(good.length + segments.length + fields.length, 15)
  // @ts-expect-error lower case
  const lower: Hl7Path = 'pid-3'
  // @ts-expect-error a segment that the standard does not have
  const unknown: Hl7Path = 'PIX-3'
  // @ts-expect-error no field
  const segment: Hl7Path = 'PID'
  // @ts-expect-error the separator is a hyphen
  const dot: Hl7Path = 'PID.3'
  // @ts-expect-error four levels
  const deep: Hl7Path = 'PID-3.1.1.x'
  // @ts-expect-error no number
  const word: Hl7Path = 'PID-three'
  // @ts-expect-error a message path is no field path
  const whole: FieldPath = 'PID-3'
  // @ts-expect-error lower case
  const lowerSegment: SegmentPath = 'obx[1]'
  const refused: string[] = []
  refused.push(lower, unknown, segment, dot, deep, word, whole, lowerSegment)
  assert.equal(refused.length, 8)
})

test('a dynamic string is no path until it is checked', () => {
  const m = buildMessage({ type: 'ADT^A01', controlId: '1', at: '2026', segments: [['PID', { 3: '4711' }]] })
  const typed: string = ['PID', '3'].join('-')
  // @ts-expect-error a string
  assert.equal(m.text(typed), '4711')
  const checked = parsePath(typed)
  assert.ok(checked.ok)
  assert.equal(m.text(checked.path), '4711')
})
