import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hospitalRoutes, manyRoutes } from '../../test/fixture/hospital.ts'
import { statusAt } from '../../test/fixture/status-simulator.ts'
import { layoutMap, pointAt } from './map-layout.ts'
import { mapModel } from './map-model.ts'

const now = new Date('2026-03-01T03:00:00Z')
const options = { calm: false, startedAt: new Date('2026-02-28T03:00:00Z') }
const routesOf = (count: number) =>
  statusAt(count === 9 ? hospitalRoutes : manyRoutes(count), now, options, { deadLetters: 0, refusals: 0 }).routes
const all = { search: '', onlyProblems: false, openGroups: new Set<string>() }

test('a system stands once on each side, however many routes it has', () => {
  const model = mapModel(routesOf(9), all)
  assert.deepEqual(model.sources.map(node => node.label).sort(), ['EHR', 'LIS', 'Pharmacy', 'RIS'])
  assert.equal(model.rows.length, 9)
})

test('no two systems of a column overlap, and none stands outside the map', () => {
  for (const count of [9, 40, 100]) {
    const layout = layoutMap(mapModel(routesOf(count), all), 1100)
    for (const column of [layout.sources, layout.destinations]) {
      column.forEach((node, index) => {
        assert.ok(node.y - node.height / 2 >= 0 && node.y + node.height / 2 <= layout.height)
        const next = column[index + 1]
        if (next) assert.ok(next.y - node.y >= node.height)
      })
    }
  }
})

test('an edge begins at its source and ends at its destination', () => {
  const layout = layoutMap(mapModel(routesOf(9), all), 1100)
  for (const { curve } of layout.edges) {
    assert.deepEqual(pointAt(curve, 0), curve.from)
    assert.deepEqual(pointAt(curve, 1), curve.to)
    assert.ok(curve.from.x < curve.to.x)
  }
})

test('a hundred routes are folded by owner, and a group that is opened shows its routes', () => {
  const routes = routesOf(100)
  assert.ok(mapModel(routes, all).rows.length < 12)
  const opened = mapModel(routes, { ...all, openGroups: new Set(['team-lab']) })
  assert.ok(opened.rows.some(row => row.kind === 'route' && row.caption === 'team-lab'))
})

test('a broken receiver colours its edge, its route and its system, and nothing else', () => {
  const model = mapModel(routesOf(9), all)
  assert.deepEqual(
    model.edges.filter(edge => edge.state === 'bad').map(edge => edge.id),
    ['route:lab-results>out:EHR inbox'],
  )
  assert.deepEqual(
    mapModel(routesOf(9), { ...all, onlyProblems: true }).rows.map(row => row.label),
    ['lab-results'],
  )
})

test('the search finds routes by name, owner and system', () => {
  const found = (search: string): number => mapModel(routesOf(9), { ...all, search }).rows.length
  assert.equal(found('radiology'), 2)
  assert.equal(found('archive'), 1)
  assert.equal(found('nothing is called this'), 0)
})
