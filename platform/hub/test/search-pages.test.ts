import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { HubError } from '../src/index.ts'
import { type SearchHub, searchHub } from './search/search-hub.ts'

let hub: SearchHub

const patient = (id: string, more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', id, ...more })

before(async () => {
  hub = await searchHub()
  for (const [index, family] of ['Berg', 'Ås', 'Dahl', undefined, 'Berg'].entries()) {
    await hub.add(
      patient(`p${index}`, {
        name: family === undefined ? [] : [{ family }, { family: `Zz${index}` }],
        ...(index === 1 ? {} : { birthDate: `19${90 - index}-01-01` }),
        gender: index % 2 === 0 ? 'female' : 'male',
        managingOrganization: { reference: `Organization/o${(index * 2) % 5}` },
      }),
    )
    await hub.add({
      resourceType: 'RiskAssessment',
      id: `r${index}`,
      status: 'final',
      prediction: [{ probabilityDecimal: [0.5, 0.25, 0.125, 0.75, 1][index] ?? 0 }],
    })
    await hub.add({ resourceType: 'Organization', id: `o${index}`, name: `Org ${index}` })
    await hub.add({
      resourceType: 'ValueSet',
      id: `v${index}`,
      status: 'active',
      url: `http://example.org/vs/${['c', 'a', 'e', 'b', 'd'][index]}`,
    })
    await hub.add({
      resourceType: 'Observation',
      id: `b${index}`,
      status: 'final',
      code: { coding: [{ code: 'x' }] },
      valueQuantity: {
        value: [2, 900, 1, 3000, 0.5][index] ?? 0,
        code: index === 1 || index === 3 ? 'mg' : 'g',
        system: 'http://unitsofmeasure.org',
      },
    })
  }
})
after(async () => await hub.close())

for (const [search, ids] of [
  ['Patient?_sort=_id', 'p0 p1 p2 p3 p4'],
  ['Patient?_sort=-_id', 'p4 p3 p2 p1 p0'],
  ['Patient?_sort=_lastUpdated', 'p0 p1 p2 p3 p4'],
  ['Patient?_sort=-_lastUpdated', 'p4 p3 p2 p1 p0'],
  ['Patient?_sort=family', 'p1 p0 p4 p2 p3'],
  ['Patient?_sort=-family', 'p4 p2 p1 p0 p3'],
  ['Patient?_sort=birthdate', 'p4 p3 p2 p0 p1'],
  ['Patient?_sort=-birthdate', 'p0 p2 p3 p4 p1'],
  ['Patient?_sort=gender,-birthdate', 'p0 p2 p4 p3 p1'],
  ['Patient?_sort=-gender,birthdate', 'p3 p1 p4 p2 p0'],
  ['Patient?_sort=organization', 'p0 p3 p1 p4 p2'],
  ['Patient?gender=female&_sort=-birthdate,family', 'p0 p2 p4'],
  ['RiskAssessment?_sort=probability', 'r2 r1 r0 r3 r4'],
  ['RiskAssessment?_sort=-probability', 'r4 r3 r0 r1 r2'],
  ['ValueSet?_sort=url', 'v1 v3 v0 v4 v2'],
  ['ValueSet?_sort=-url', 'v2 v4 v0 v3 v1'],
  ['Observation?_sort=value-quantity', 'b4 b1 b2 b0 b3'],
  ['Patient?_sort=_score', 'p0 p1 p2 p3 p4'],
  ['?_type=Patient,Organization&_sort=-_id', 'p4 p3 p2 p1 p0 o4 o3 o2 o1 o0'],
  ['?_type=Patient,Organization', 'p0 o0 p1 o1 p2 o2 p3 o3 p4 o4'],
] as const) {
  test(`${search} comes in order, page by page and back again`, async () => {
    const wanted = ids.split(' ')
    for (const count of [1, 2, 3, 50]) {
      const text = `${search}${search.endsWith('?') ? '' : '&'}_count=${count}`
      assert.deepEqual(await hub.ids(text), wanted, `${count} a page`)
      const pages: (readonly string[])[] = []
      let page = await hub.page(text)
      for (;;) {
        pages.push(page.matches.map(({ id }) => id))
        if (page.next === undefined) break
        page = await hub.page(text, { cursor: page.next })
      }
      for (let index = pages.length - 2; index >= 0; index -= 1) {
        assert.ok(page.previous, `page ${index + 1} has one before it`)
        page = await hub.page(text, { cursor: page.previous })
        assert.deepEqual(
          page.matches.map(({ id }) => id),
          pages[index],
          `back on page ${index}`,
        )
        assert.ok(page.next)
      }
      assert.equal(page.previous, undefined)
    }
  })
}

describe('pages while data changes', () => {
  test('what is added or deleted meanwhile neither repeats nor hides anything', async () => {
    for (let index = 0; index < 6; index += 1) {
      await hub.add(patient(`m${index}`, { name: [{ family: `M${index}` }], gender: 'other' }))
    }
    for (const sort of ['', '&_sort=family', '&_sort=_id']) {
      const text = `Patient?gender=other&_count=2${sort}`
      const first = await hub.page(text)
      const gone = sort === '' ? 'm1' : sort === '&_sort=family' ? 'm3' : 'm5'
      await hub.remove('Patient', gone)
      await hub.add(patient(`m0${sort.length}x`, { name: [{ family: 'A' }], gender: 'other' }))
      const rest: string[] = []
      let cursor = first.next
      while (cursor !== undefined) {
        const page = await hub.page(text, { cursor })
        rest.push(...page.matches.map(({ id }) => id))
        cursor = page.next
      }
      const seen = [...first.matches.map(({ id }) => id), ...rest]
      assert.equal(new Set(seen).size, seen.length, sort)
      for (const id of await hub.ids('Patient?gender=other')) {
        if (!id.endsWith('x')) assert.ok(seen.includes(id), `${id} ${sort}`)
      }
    }
  })

  test('an update keeps its place in the order of creation, and is found by what it says now', async () => {
    await hub.replace(patient('p2', { name: [{ family: 'Changed' }], gender: 'female', birthDate: '1988-01-01' }))
    assert.deepEqual(await hub.ids('Patient?family=changed'), ['p2'])
    assert.deepEqual(await hub.ids('Patient?family=dahl'), [])
    assert.deepEqual(await hub.ids('Patient?gender=female&_count=1'), ['p0', 'p2', 'p4'])
  })
})

describe('what is wrong with a page', () => {
  const refused = async (search: string, cursor?: string): Promise<HubError> => {
    try {
      await hub.page(search, cursor === undefined ? {} : { cursor })
    } catch (thrown) {
      assert.ok(thrown instanceof HubError, String(thrown))
      return thrown
    }
    return assert.fail(`${search} was answered`)
  }

  test('a cursor of another search is refused', async () => {
    const { next } = await hub.page('Patient?_count=1')
    assert.ok(next)
    assert.equal((await refused('Patient?_count=1&gender=male', next)).code, 'cursor-invalid')
    assert.equal((await refused('Patient?_count=1&_sort=family', next)).code, 'cursor-invalid')
    assert.equal((await hub.page('Patient?_count=2', { cursor: next })).matches.length, 2)
  })

  test('what is no cursor is refused', async () => {
    for (const cursor of ['', 'x', 'bnVsbA', Buffer.from('["x",0,1,[],null]').toString('base64url')]) {
      assert.equal((await refused('Patient?_count=1', cursor)).status, 400)
    }
  })

  test('composites and places have no order', async () => {
    assert.equal((await refused('Observation?_sort=code-value-quantity')).status, 400)
  })
})

describe('how many', () => {
  test('_summary=count and _count=0 only count', async () => {
    for (const search of ['Organization?_summary=count', 'Organization?_count=0']) {
      const page = await hub.page(search)
      assert.deepEqual([page.matches.length, page.total, page.next], [0, { count: 5, exact: true }, undefined])
    }
  })

  test('the total is told where it is asked for, or costs nothing', async () => {
    assert.equal((await hub.page('Organization?_count=2')).total, undefined)
    assert.deepEqual((await hub.page('Organization?_count=2&_total=accurate')).total, { count: 5, exact: true })
    assert.deepEqual((await hub.page('Organization?_count=2&_total=estimate')).total, { count: 5, exact: true })
    assert.deepEqual((await hub.page('Organization')).total, { count: 5, exact: true })
    assert.equal((await hub.page('Organization?_total=none')).total, undefined)
    assert.deepEqual((await hub.page('?_type=Organization,ValueSet&_count=1&_total=accurate')).total, {
      count: 10,
      exact: true,
    })
  })

  test('a total that has to be compared is compared', async () => {
    assert.deepEqual((await hub.page('Observation?value-quantity=gt800||mg&_summary=count')).total, {
      count: 4,
      exact: true,
    })
  })

  test('a page has no more than the limit', async () => {
    const page = await hub.page('Organization?_count=999999999')
    assert.equal(page.matches.length, 5)
  })
})
