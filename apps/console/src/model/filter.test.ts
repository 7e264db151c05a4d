import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, formatDuration, formatRate, plural } from './format.ts'
import { isFiltered, parseMessageFilter, searchOf } from './message-filter.ts'
import { boundsOf, customRange } from './time-range.ts'
import { treeRows } from './tree-rows.ts'

const nowMs = Date.parse('2026-03-01T12:00:00Z')

test('a preset range is counted back from now', () => {
  assert.deepEqual(boundsOf('1h', nowMs), { from: '2026-03-01T11:00:00.000Z' })
  assert.deepEqual(boundsOf('all', nowMs), {})
})

test('a range that nobody can read means the last 24 hours', () => {
  assert.deepEqual(boundsOf('yesterday-ish', nowMs), boundsOf('24h', nowMs))
})

test('a custom range may be open at either end', () => {
  const local = '2026-02-01T08:00'
  const iso = new Date(local).toISOString()
  assert.deepEqual(boundsOf(customRange(local, ''), nowMs), { from: iso })
  assert.deepEqual(boundsOf(customRange('', local), nowMs), { to: iso })
})

test('a link with unknown filters is read as far as it is understood', () => {
  assert.deepEqual(parseMessageFilter({ status: 'lost', route: 'adt', patientId: '1', controlId: 42 }), {
    route: 'adt',
    controlId: '42',
  })
})

test('the patient id joins the request, never the filter of the URL', () => {
  const search = searchOf({ route: 'adt', live: true }, ' 400137 ', nowMs)
  assert.deepEqual(search, { route: 'adt', patientId: '400137', from: '2026-02-28T12:00:00.000Z' })
  assert.ok(isFiltered({}, '400137'))
  assert.ok(!isFiltered({ live: true }, ''))
})

test('durations, rates and sizes are as short as they are readable', () => {
  assert.deepEqual([340, 12_000, 250_000, 4_320_000, 97_200_000].map(formatDuration), [
    '340 ms',
    '12 s',
    '4 min',
    '1 h 12 min',
    '1 d 3 h',
  ])
  assert.deepEqual([0, 0.04, 2.34, 1_204].map(formatRate), ['0', '<0.1', '2.3', '1,204'])
  assert.deepEqual([999, 1_500, 1_842_000_000].map(formatBytes), ['999 B', '1.5 kB', '1.8 GB'])
  assert.equal(plural(1, 'message'), '1 message')
})

test('a search in the tree shows what matches and what leads to it', () => {
  const leaf = (path: string, value: string) => ({ path, name: null, value, children: [] })
  const tree = [
    { path: 'MSH', name: null, value: null, children: [leaf('MSH-3', 'EHR')] },
    { path: 'PID', name: null, value: null, children: [leaf('PID-3', '4711'), leaf('PID-5', 'Berg')] },
  ]
  const rows = treeRows(tree, () => false, 'berg')
  assert.deepEqual(
    rows.map(row => row.node.path),
    ['PID', 'PID-5'],
  )
  assert.deepEqual(
    treeRows(tree, () => false, '').map(row => row.node.path),
    ['MSH', 'PID'],
  )
})
