import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadValidator } from '@samband/fhir/validation'
import { type Caller, type Visibility } from '../src/access/caller.ts'
import { pruneChanges } from '../src/feed/prune-changes.ts'
import { type Answer, testServer, type TestServer } from './http-server.ts'

type Entry = {
  readonly fullUrl: string
  readonly resource?: { readonly id: string; readonly meta: { readonly versionId: string }; readonly gender?: string }
  readonly request: { readonly method: string; readonly url: string }
  readonly response: { readonly status: string; readonly etag: string }
}

const start = Date.UTC(2026, 0, 1)
const day = 86_400_000
const all: Caller = { actor: 'system', actorKind: 'system', access: () => 'all' }

/** Who sees what is in the compartment of one patient. */
function only(id: string): Caller {
  const visibility: Visibility = [{ compartment: { type: 'Patient', id } }]
  return { actor: 'app', actorKind: 'token', access: () => visibility }
}

describe('histories on HTTP', () => {
  let hub: TestServer
  let clock = start
  let caller = all
  before(async () => {
    hub = await testServer({ now: () => clock }, { authenticate: () => caller })
    for (let version = 1; version <= 5; version += 1) {
      clock = start + version * day
      await put('a', { gender: version % 2 === 0 ? 'male' : 'female' })
    }
    clock = start + 6 * day
    await put('b', {})
    clock = start + 7 * day
    assert.equal((await hub.send('DELETE', 'Patient/a')).status, 204)
    clock = start + 8 * day
    await observation('o', 'Patient/b')
    clock = start + 9 * day
    await observation('o', 'Patient/c')
  })
  after(async () => await hub.close())

  async function put(id: string, more: object): Promise<void> {
    const answer = await hub.send('PUT', `Patient/${id}`, { body: { resourceType: 'Patient', id, ...more } })
    assert.ok(answer.status < 300, answer.text)
  }

  async function observation(id: string, reference: string): Promise<void> {
    const body = { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: { reference } }
    const answer = await hub.send('PUT', `Observation/${id}`, { body })
    assert.ok(answer.status < 300, answer.text)
  }

  const entriesOf = ({ json }: Answer): readonly Entry[] => json.entry ?? []
  const nextOf = ({ json }: Answer): string | undefined =>
    json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
  const named = (answer: Answer): readonly string[] =>
    entriesOf(answer).map(({ request, response }) => `${request.method} ${request.url} ${response.etag}`)

  async function pages(path: string): Promise<readonly Answer[]> {
    const found = [await hub.send('GET', path)]
    for (let next = nextOf(found[0] as Answer); next !== undefined; ) {
      const page = await hub.send('GET', next)
      found.push(page)
      next = nextOf(page)
    }
    return found
  }

  test('a history has all versions, the newest first, a deletion without a resource', async () => {
    const answer = await hub.send('GET', 'Patient/a/_history')
    const validator = await loadValidator()
    assert.deepEqual(
      validator.validate(answer.json).filter(({ severity }) => severity === 'error'),
      [],
    )
    assert.equal(answer.json.type, 'history')
    assert.deepEqual(named(answer), [
      'DELETE Patient/a W/"6"',
      ...[5, 4, 3, 2].map(version => `PUT Patient/a W/"${version}"`),
      'POST Patient W/"1"',
    ])
    const [deletion, fifth] = entriesOf(answer)
    assert.deepEqual([deletion?.resource, deletion?.response.status], [undefined, '204 No Content'])
    assert.deepEqual([fifth?.resource?.meta.versionId, fifth?.response.status], ['5', '200 OK'])
  })

  test('pages of a history join without gap or repetition, while more is written', async () => {
    const first = await hub.send('GET', '_history?_count=4')
    await put('later', {})
    const rest = await pages(nextOf(first) ?? '')
    const names = [first, ...rest].flatMap(entriesOf).map(({ fullUrl, response }) => fullUrl + response.etag)
    assert.equal(new Set(names).size, 9)
    assert.equal(names.length, 9)
    assert.ok(rest.every(page => entriesOf(page).length <= 4))
    assert.ok(!names.some(name => name.includes('later')))
    const instance = await pages('Patient/a/_history?_count=2')
    assert.deepEqual(
      instance.map(page => entriesOf(page).length),
      [2, 2, 2],
    )
    const forward = await pages('Patient/a/_history?_count=4&_sort=_lastUpdated')
    assert.deepEqual(
      forward.flatMap(entriesOf).map(({ response }) => response.etag),
      [1, 2, 3, 4, 5, 6].map(version => `W/"${version}"`),
    )
  })

  test('_since and _at choose by time, at each level', async () => {
    const since = new Date(start + 4 * day).toISOString()
    assert.deepEqual(named(await hub.send('GET', `Patient/a/_history?_since=${since}`)), [
      'DELETE Patient/a W/"6"',
      'PUT Patient/a W/"5"',
      'PUT Patient/a W/"4"',
    ])
    assert.equal(entriesOf(await hub.send('GET', `Patient/_history?_since=${since}&_count=3`)).length, 3)
    assert.equal(entriesOf(await hub.send('GET', `Observation/_history?_since=${since}`)).length, 2)
    // What was current at some time on that day: the version made the day before, and the one made on it.
    const at = new Date(start + 3 * day).toISOString().slice(0, 10)
    assert.deepEqual(named(await hub.send('GET', `Patient/a/_history?_at=${at}`)), ['PUT Patient/a W/"3"'])
    const noon = new Date(start + 3.5 * day).toISOString()
    assert.deepEqual(named(await hub.send('GET', `Patient/_history?_at=${noon}`)), ['PUT Patient/a W/"3"'])
    assert.deepEqual(named(await hub.send('GET', `_history?_at=${at}`)), ['PUT Patient/a W/"3"'])
    assert.deepEqual(named(await hub.send('GET', `Patient/a/_history?_at=2020`)), [])
  })

  test('a history keeps to _summary and to XML', async () => {
    const summary = await hub.send('GET', 'Patient/a/_history?_elements=gender&_count=2')
    assert.equal(entriesOf(summary)[1]?.resource?.gender, 'female')
    assert.match(summary.text, /SUBSETTED/)
    assert.match((await hub.send('GET', 'Patient/a/_history?_format=xml')).text, /<type value="history"\/>/)
  })

  test('malformed parameters of a history are refused by name', async () => {
    for (const query of [
      '_count=x',
      '_since=yesterday',
      '_at=2026-13',
      '_sort=name',
      '_cursor=x',
      '_count=1&_count=2',
      '_from=1',
    ]) {
      const { status, text } = await hub.send('GET', `Patient/a/_history?${query}`)
      assert.equal(status, 400, query)
      assert.ok(text.includes(query.slice(0, query.indexOf('='))))
    }
  })

  test('a history that lost its beginning says so', async () => {
    assert.equal((await hub.send('GET', '_history')).headers.get('warning'), null)
    const keep = hub.context.limits.feedKeepMsMin
    const gone = await pruneChanges(hub.context, { before: start + 2.5 * day, now: clock + keep })
    assert.equal(gone, 2)
    const cut = await hub.send('GET', 'Patient/_history?_count=100')
    assert.match(cut.headers.get('warning') ?? '', /pruned/)
    assert.equal((await hub.send('GET', 'Patient/_history?_count=1')).headers.get('warning'), null)
    const whole = await hub.send('GET', 'Patient/a/_history')
    assert.deepEqual([entriesOf(whole).length, whole.headers.get('warning')], [6, null])
  })

  test('who sees one patient gets no version that is or was about another', async () => {
    caller = only('b')
    try {
      const system = await pages('_history?_count=2')
      assert.deepEqual(system.flatMap(named), ['POST Patient W/"1"'])
      assert.equal((await hub.send('GET', 'Observation/o/_history')).status, 404)
      assert.equal((await hub.send('GET', 'Observation/o/_history/1')).status, 404)
      assert.equal((await hub.send('GET', 'Observation/o')).status, 404)
      assert.equal((await hub.send('GET', 'Patient/a/_history')).status, 404)
      caller = only('a')
      assert.equal((await hub.send('GET', 'Patient/a/_history')).json.entry.length, 6)
      caller = { ...all, access: (_kind, type) => (type === 'Observation' ? 'all' : 'none') }
      assert.deepEqual(named(await hub.send('GET', '_history')), ['PUT Observation/o W/"2"', 'POST Observation W/"1"'])
      assert.equal((await hub.send('GET', 'Patient/_history')).status, 403)
      caller = { ...all, access: () => 'none' }
      assert.equal((await hub.send('GET', '_history')).status, 403)
    } finally {
      caller = all
    }
  })
})
