import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StructureNode } from './definition.ts'
import { formatNodes, parseNodes } from './structure-text.ts'

test('a structure is written as the standard reads: groups in round brackets, choices in angle brackets', () => {
  assert.deepEqual(parseNodes('MSH NTE* ORDER+(ORC DETAIL?(CHOICE<OBR RXO> #{2,3}))'), [
    { kind: 'segment', id: 'MSH', min: 1, max: 1 },
    { kind: 'segment', id: 'NTE', min: 0, max: Infinity },
    {
      kind: 'group',
      name: 'ORDER',
      min: 1,
      max: Infinity,
      nodes: [
        { kind: 'segment', id: 'ORC', min: 1, max: 1 },
        {
          kind: 'group',
          name: 'DETAIL',
          min: 0,
          max: 1,
          nodes: [
            {
              kind: 'choice',
              name: 'CHOICE',
              min: 1,
              max: 1,
              nodes: [
                { kind: 'segment', id: 'OBR', min: 1, max: 1 },
                { kind: 'segment', id: 'RXO', min: 1, max: 1 },
              ],
            },
            { kind: 'any', min: 2, max: 3 },
          ],
        },
      ],
    },
  ] satisfies StructureNode[])
})

const cardinality = fc
  .record({ min: fc.nat(3), more: fc.option(fc.nat(3)) })
  .map(({ min, more }) => ({ min, max: more === null ? Infinity : Math.max(1, min + more) }))

const { nodes } = fc.letrec<{ nodes: StructureNode[]; node: StructureNode }>(tie => ({
  nodes: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
  node: fc.oneof(
    { maxDepth: 3 },
    fc
      .record({ id: fc.constantFrom('PID', 'OBX', 'ZPD'), times: cardinality })
      .map(({ id, times }): StructureNode => ({ kind: 'segment', id, ...times })),
    cardinality.map((times): StructureNode => ({ kind: 'any', ...times })),
    fc
      .record({
        name: fc.constantFrom('ORDER', 'A_B'),
        kind: fc.constantFrom('group', 'choice'),
        times: cardinality,
        inner: tie('nodes'),
      })
      .map(({ name, kind, times, inner }): StructureNode => ({ kind, name, ...times, nodes: inner })),
  ),
}))

test('parsing what was formatted gives the same nodes', () => {
  fc.assert(fc.property(nodes, made => assert.deepEqual(parseNodes(formatNodes(made)), made)))
})

test('brackets that do not match are an error', () => {
  assert.throws(() => parseNodes('MSH ORDER+(ORC'))
  assert.throws(() => parseNodes('MSH )ORC'))
})
