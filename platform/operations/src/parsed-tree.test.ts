import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsedTree } from './parsed-tree.ts'

const header = 'MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5.1'

test('a field of one component with subcomponents names them by their full path', async () => {
  const { segments } = await parsedTree(Buffer.from(`${header}\rOBX|1|CE|a&b`), 1_000)
  const field = segments[1]?.children.find(({ path }) => path === 'OBX-3')
  assert.deepEqual(
    field?.children.map(({ path, value }) => [path, value]),
    [
      ['OBX-3.1.1', 'a'],
      ['OBX-3.1.2', 'b'],
    ],
  )
})

test('the second segment of a name is counted', async () => {
  const { segments } = await parsedTree(Buffer.from(`${header}\rOBX|1\rOBX|2`), 1_000)
  assert.deepEqual(
    segments.map(({ path }) => path),
    ['MSH', 'OBX', 'OBX[2]'],
  )
  assert.equal(segments[2]?.children[0]?.path, 'OBX[2]-1')
})

test('a null is told apart from nothing', async () => {
  const { segments } = await parsedTree(Buffer.from(`${header}\rPID|1||""`), 1_000)
  assert.deepEqual(
    segments[1]?.children.map(({ path, value }) => [path, value]),
    [
      ['PID-1', '1'],
      ['PID-3', '""'],
    ],
  )
})

test('a tree is cut at its limit and says so', async () => {
  const { segments, issues } = await parsedTree(Buffer.from(`${header}\rOBX|${'a~'.repeat(500)}`), 50)
  assert.ok(JSON.stringify(segments).split('"path"').length - 1 <= 50)
  assert.equal(issues.at(-1)?.code, 'tree-cut')
})

test('what is not HL7 has issues and no segments', async () => {
  const { segments, issues } = await parsedTree(Buffer.from('{"resourceType":"Bundle"}'), 1_000)
  assert.deepEqual(segments, [])
  assert.ok(issues.length > 0)
})

test('elements have the names of the standard, in the version of the message', async () => {
  const text = `${header}\rPID|1||4711^^^FJORDVIK\rOBX|1|CE|x||a^b|\rOBX|2|NM|x||7\rZPD|a`
  const { segments } = await parsedTree(Buffer.from(text), 1_000)
  const names = (segment: number, path: string): readonly (string | null | undefined)[] => {
    const field = segments[segment]?.children.find(child => child.path === path)
    return [field?.name, ...(field?.children.map(({ name }) => name) ?? [])]
  }
  assert.equal(segments[1]?.name, 'Patient Identification')
  assert.deepEqual(names(1, 'PID-3'), ['Patient Identifier List', 'ID Number', 'Assigning Authority'])
  assert.deepEqual(names(2, 'OBX-5'), ['Observation Value', 'Identifier', 'Text'])
  assert.deepEqual(names(3, 'OBX[2]-5'), ['Observation Value'])
  assert.equal(segments[4]?.name, null, 'a Z segment is nobody’s but the sender’s')
})
