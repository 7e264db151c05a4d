import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsedTree } from './parsed-tree.ts'

const header = 'MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5.1'

test('a field of one component with subcomponents names them by their full path', () => {
  const { segments } = parsedTree(Buffer.from(`${header}\rOBX|1|CE|a&b`), 1_000)
  const field = segments[1]?.children.find(({ path }) => path === 'OBX-3')
  assert.deepEqual(
    field?.children.map(({ path, value }) => [path, value]),
    [
      ['OBX-3.1.1', 'a'],
      ['OBX-3.1.2', 'b'],
    ],
  )
})

test('the second segment of a name is counted', () => {
  const { segments } = parsedTree(Buffer.from(`${header}\rOBX|1\rOBX|2`), 1_000)
  assert.deepEqual(
    segments.map(({ path }) => path),
    ['MSH', 'OBX', 'OBX[2]'],
  )
  assert.equal(segments[2]?.children[0]?.path, 'OBX[2]-1')
})

test('a null is told apart from nothing', () => {
  const { segments } = parsedTree(Buffer.from(`${header}\rPID|1||""`), 1_000)
  assert.deepEqual(
    segments[1]?.children.map(({ path, value }) => [path, value]),
    [
      ['PID-1', '1'],
      ['PID-3', '""'],
    ],
  )
})

test('a tree is cut at its limit and says so', () => {
  const { segments, issues } = parsedTree(Buffer.from(`${header}\rOBX|${'a~'.repeat(500)}`), 50)
  assert.ok(JSON.stringify(segments).split('"path"').length - 1 <= 50)
  assert.equal(issues.at(-1)?.code, 'tree-cut')
})

test('what is not HL7 has issues and no segments', () => {
  const { segments, issues } = parsedTree(Buffer.from('{"resourceType":"Bundle"}'), 1_000)
  assert.deepEqual(segments, [])
  assert.ok(issues.length > 0)
})
