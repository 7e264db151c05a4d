import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import {
  type Criterion,
  type IndexValue,
  type MatchPorts,
  matchesSearch,
  type SearchIndex,
  type SearchQuery,
} from '@samband/fhir/search'
import { HubError, systemCaller } from '../src/index.ts'
import { compileSearch } from '../src/search/compile-search.ts'
import { candidatePlans } from '../src/search/plan.ts'
import { parseQuery } from '../src/search/parse-query.ts'
import { hasWords } from '../src/search/scope.ts'
import { scopeOf, search } from '../src/search/search.ts'
import { pageStatement } from '../src/search/statement.ts'
import { randomFrom, randomResources } from './search/random-resources.ts'
import { SearchMaker } from './search/random-search.ts'
import { type SearchHub, searchHub } from './search/search-hub.ts'

const seed = Number(process.env['SAMBAND_SEARCH_SEED'] ?? 7)
const searches = Number(process.env['SAMBAND_SEARCHES'] ?? 200)
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

function maker(random: () => number): SearchMaker {
  const parameters = hub.context.searchParameters()
  return new SearchMaker(random, indexes, type =>
    [...parameters.forType(type).values()].filter(each => each.expression !== undefined).map(({ code }) => code),
  )
}

/** Searches at random, and what SQL found otherwise than the matcher. `find` gives the ids. */
async function differences(
  t: TestContext,
  from: number,
  count: number,
  find: (query: SearchQuery) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const random = randomFrom(from)
  const searchesAbout = maker(random)
  const matcher = ports()
  const wrong: string[] = []
  let found = 0
  for (let each = 0; each < count; each += 1) {
    const text = searchesAbout.search(types)
    const [type = '', pairs = ''] = `${text}&_count=${10 + Math.floor(random() * 60)}`.split(/\?(.*)/s)
    try {
      const read = parseQuery(hub.context, { type, pairs, lenient: false }).query
      const query = random() < 0.25 ? joined(read, random) : read
      const wanted = expected(query, matcher)
      const ids = await find(query)
      found += ids.length
      const readable = `${decodeURIComponent(text)}${query === read ? '' : JSON.stringify(query.criteria)}`
      if (new Set(ids).size !== ids.length) wrong.push(`${readable}: twice`)
      const tooMuch = ids.filter(id => !wanted.includes(id))
      const missing = wanted.filter(id => !ids.includes(id))
      if (tooMuch.length + missing.length > 0)
        wrong.push(`${readable}: ${tooMuch.join()} too much, without ${missing.join()}`)
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      if (thrown.issues.some(({ code }) => !refusals.has(code)))
        wrong.push(`${decodeURIComponent(text)}: ${thrown.message}`)
    }
  }
  t.diagnostic(`${count} searches found ${found}`)
  assert.ok(found > count)
  return wrong
}

/** What a random search may not be. */
const refusals: ReadonlySet<string> = new Set(['parameter-unknown', 'value-malformed', 'chain-invalid'])

test('SQL finds what the matcher finds, page by page', async t => {
  assert.deepEqual(await differences(t, seed + 1, searches, async query => await hub.idsOf(query)), [])
})

test('it finds the same where chains and beginnings lead to more than is looked up first', async t => {
  const limits = { ...hub.context.limits, searchLinksMax: 2, searchTermsMax: 1 }
  const context = { ...hub.context, limits }
  const wrong = await differences(t, seed + 2, searches / 2, async query => {
    const page = await search(context, {
      query: { ...query, result: { ...query.result, count: 500 } },
      caller: systemCaller,
    })
    return page.matches.map(({ id }) => id)
  })
  assert.deepEqual(wrong, [])
})

test('every plan of a search finds the same', async t => {
  const scope = scopeOf(hub.context, { caller: systemCaller })
  const order = { keys: [], descending: false }
  const drivers = new Map<string, number>()
  const wrong = await differences(t, seed + 3, Math.ceil(searches / 3), async query => {
    const [only] = await compileSearch(scope, query, 'search')
    if (only === undefined) return []
    const found = new Map<string, string>()
    const { plans } = await candidatePlans(scope, only.type, only.condition, { order, limit: 500 })
    for (const plan of plans) {
      drivers.set(plan.driver.kind, (drivers.get(plan.driver.kind) ?? 0) + 1)
      const span = { order, backward: false, limit: 500 }
      const rows = await scope.runner.query<{ id: string }>(pageStatement(scope, only.type, plan, span))
      found.set(JSON.stringify(rows.map(({ id }) => id)), plan.driver.kind)
    }
    if (found.size > 1) return [`differs: ${[...found.values()].join()}`]
    return (await hub.idsOf(query)).slice()
  })
  assert.deepEqual(wrong, [])
  assert.deepEqual([...drivers.keys()].toSorted(), ['all', 'named', 'rows', 'tokens', 'walk'])
})
