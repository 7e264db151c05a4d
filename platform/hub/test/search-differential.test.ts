import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import {
  type Criterion,
  type IndexValue,
  type MatchPorts,
  matchesSearch,
  type SearchIndex,
  type SearchQuery,
} from '@samband/fhir/search'
import { HubError } from '../src/index.ts'
import { parseQuery } from '../src/search/parse-query.ts'
import { hasWords } from '../src/search/scope.ts'
import { randomFrom, randomResources } from './search/random-resources.ts'
import { SearchMaker } from './search/random-search.ts'
import { type SearchHub, searchHub } from './search/search-hub.ts'

const seed = Number(process.env['SAMBAND_SEARCH_SEED'] ?? 7)
const searches = Number(process.env['SAMBAND_SEARCHES'] ?? 600)
const now = Date.UTC(2026, 5, 1)

let hub: SearchHub
let resources: readonly JsonObject[] = []
let indexes: readonly SearchIndex[] = []

before(async () => {
  hub = await searchHub({ now: () => now })
  resources = randomResources(randomFrom(seed))
  await hub.add(...resources)
  // As they are stored: with meta.lastUpdated.
  resources = await Promise.all(
    resources.map(async ({ resourceType, id }) => {
      const stored = await hub.context.store.read(String(resourceType), String(id))
      return JSON.parse(stored?.content ?? '{}') as JsonObject
    }),
  )
  indexes = resources.map(resource => hub.context.extractor().extract(resource).index)
})
after(async () => await hub.close())

/** The matcher's ports over the same resources: the slow way, which SQL has to agree with. */
function ports(): MatchPorts {
  const byName = new Map(indexes.map(index => [`${index.resourceType}/${index.resourceId}`, index]))
  const contents = new Map(resources.map((resource, at) => [indexes[at], resource]))
  const refersTo = (value: IndexValue, to: SearchIndex): boolean =>
    value.type === 'reference' &&
    value.url === undefined &&
    value.targetType === to.resourceType &&
    value.targetId === to.resourceId
  const { ucum } = hub.context
  return {
    nowMs: now,
    ...(ucum === undefined ? {} : { ucum }),
    target: ({ url, targetType, targetId }) =>
      url === undefined ? (byName.get(`${targetType}/${targetId}`) ?? null) : null,
    referrers: (type, code, to) =>
      indexes.filter(
        each => each.resourceType === type && (each.values.get(code) ?? []).some(value => refersTo(value, to)),
      ),
    hasWords: (index, where, text) => hasWords(contents.get(index) ?? {}, where, text),
    inList: (index, list) =>
      (byName.get(`List/${list}`)?.values.get('item') ?? []).some(value => refersTo(value, index)),
  }
}

function expected(query: SearchQuery, matcher: MatchPorts): readonly string[] {
  return indexes.flatMap(index => {
    const matches = matchesSearch(query, index, matcher)
    assert.notEqual(matches, undefined, JSON.stringify(query.criteria))
    return matches === true ? [index.resourceId ?? ''] : []
  })
}

/** The conditions of a search joined as only `_filter` joins them. */
function joined(query: SearchQuery, random: () => number): SearchQuery {
  const { criteria } = query
  const parts = criteria.map((each): Criterion => (random() < 0.3 ? { kind: 'not', criterion: each } : each))
  const inner: Criterion = { kind: random() < 0.6 ? 'or' : 'and', criteria: parts }
  const criterion: Criterion = random() < 0.2 ? { kind: 'not', criterion: inner } : inner
  return { ...query, criteria: [{ kind: 'filter', criterion }] }
}

test('SQL finds what the matcher finds, for random searches', async t => {
  const random = randomFrom(seed + 1)
  const parameters = hub.context.searchParameters()
  const maker = new SearchMaker(random, indexes, type =>
    [...parameters.forType(type).values()].filter(each => each.expression !== undefined).map(({ code }) => code),
  )
  const matcher = ports()
  const types = [
    'Patient',
    'Patient',
    'Observation',
    'Observation',
    'Observation',
    'RiskAssessment',
    'Organization',
    'Location',
    'PlanDefinition',
    'List',
  ]
  const wrong: string[] = []
  let found = 0
  let refused = 0
  for (let each = 0; each < searches; each += 1) {
    const text = maker.search(types)
    try {
      const [type = '', pairs = ''] = `${text}&_count=${1 + Math.floor(random() * 60)}`.split(/\?(.*)/s)
      const read = parseQuery(hub.context, { type, pairs, lenient: false }).query
      const query = random() < 0.25 ? joined(read, random) : read
      const wanted = expected(query, matcher)
      const ids = await hub.idsOf(query)
      found += ids.length
      if (new Set(ids).size !== ids.length) wrong.push(`${decodeURIComponent(text)}: twice`)
      const same = JSON.stringify(wanted.toSorted()) === JSON.stringify(ids.toSorted())
      if (!same)
        wrong.push(
          `${decodeURIComponent(text)}: ${ids.filter(id => !wanted.includes(id))} too much, without ${wanted.filter(id => !ids.includes(id))}`,
        )
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      if (
        thrown.issues.some(
          ({ code }) => code !== 'parameter-unknown' && code !== 'value-malformed' && code !== 'chain-invalid',
        )
      )
        wrong.push(`${decodeURIComponent(text)}: ${thrown.issues.map(({ text: words }) => words).join()}`)
      refused += 1
    }
  }
  t.diagnostic(`${searches} searches, ${found} found, ${refused} refused`)
  assert.deepEqual(wrong.slice(0, 20), [])
  assert.ok(refused < searches / 3 && found > searches)
})
