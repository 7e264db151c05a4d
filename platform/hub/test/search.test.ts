import assert from 'node:assert/strict'
import { after, before, describe, mock, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type Caller, HubError, systemCaller, type Visibility } from '../src/index.ts'
import { findMatches } from '../src/search/find-matches.ts'
import { parseQuery } from '../src/search/parse-query.ts'
import { explainSearch, search } from '../src/search/search.ts'
import { statisticsOf } from '../src/search/statistics.ts'
import { type SearchHub, searchHub } from './search/search-hub.ts'

const snomed = 'http://snomed.info/sct'
let hub: SearchHub

before(async () => {
  hub = await searchHub({
    terminology: {
      expand: async url =>
        url === 'http://example.org/vs/two'
          ? [
              { system: snomed, code: '22298006' },
              { system: snomed, code: '44054006' },
            ]
          : undefined,
      hierarchy: async (direction, system, code) => {
        if (system !== snomed || code !== '73211009') return undefined
        const own = { system: snomed, code }
        return direction === 'below' ? [own, { system: snomed, code: '44054006' }] : [own]
      },
    },
  })
  await hub.add(...resources())
})
after(async () => await hub.close())

function resources(): readonly JsonObject[] {
  const condition = (id: string, code: string, patient: string): JsonObject => ({
    resourceType: 'Condition',
    id,
    code: { coding: [{ system: snomed, code }] },
    subject: { reference: `Patient/${patient}` },
  })
  const observation = (id: string, patient: string, more: JsonObject = {}): JsonObject => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [{ coding: [{ system: 'urn:cat', code: id.startsWith('lab') ? 'laboratory' : 'vital-signs' }] }],
    code: { coding: [{ system: 'urn:codes', code: 'k' }] },
    subject: { reference: `Patient/${patient}` },
    ...more,
  })
  return [
    {
      resourceType: 'Patient',
      id: 'eve',
      name: [{ family: 'Ødegård', given: ['Eve'] }],
      managingOrganization: { reference: 'Organization/ward' },
    },
    {
      resourceType: 'Patient',
      id: 'per',
      name: [{ family: 'Hansen' }],
      generalPractitioner: [{ reference: 'Practitioner/doc' }],
    },
    { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Lie' }] },
    { resourceType: 'Organization', id: 'ward', partOf: { reference: 'Organization/clinic' } },
    { resourceType: 'Organization', id: 'clinic', partOf: { reference: 'Organization/hospital' } },
    // A circle, which nothing must run round in for ever.
    { resourceType: 'Organization', id: 'hospital', partOf: { reference: 'Organization/ward' } },
    { resourceType: 'Location', id: 'house' },
    { resourceType: 'Location', id: 'floor', partOf: { reference: 'Location/house' } },
    { resourceType: 'Location', id: 'room', partOf: { reference: 'Location/floor' } },
    {
      resourceType: 'Encounter',
      id: 'visit',
      status: 'finished',
      class: { code: 'AMB' },
      location: [{ location: { reference: 'Location/room' } }],
      subject: { reference: 'Patient/eve' },
    },
    condition('mi', '22298006', 'eve'),
    condition('dm2', '44054006', 'per'),
    condition('dm', '73211009', 'per'),
    observation('lab1', 'eve', { performer: [{ reference: 'Practitioner/doc' }] }),
    observation('lab2', 'per', { hasMember: [{ reference: 'Observation/vital1' }] }),
    observation('vital1', 'eve', {
      component: [
        {
          code: { coding: [{ code: 'sys' }] },
          valueQuantity: { value: 120, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
        },
      ],
    }),
    {
      resourceType: 'Library',
      id: 'lib1',
      status: 'active',
      url: 'http://example.org/Library/a',
      version: '1',
      type: { text: 'logic' },
    },
    {
      resourceType: 'Library',
      id: 'lib2',
      status: 'active',
      url: 'http://example.org/Library/a',
      version: '2',
      type: { text: 'logic' },
    },
    { resourceType: 'Measure', id: 'm1', status: 'active', library: ['http://example.org/Library/a|2'] },
    { resourceType: 'Measure', id: 'm2', status: 'active', library: ['http://example.org/Library/a'] },
  ]
}

async function refusal(asking: Promise<unknown>): Promise<HubError> {
  try {
    await asking
  } catch (thrown) {
    assert.ok(thrown instanceof HubError, String(thrown))
    return thrown
  }
  return assert.fail('it was answered')
}

for (const [text, ids] of [
  ['Condition?code:in=http://example.org/vs/two', 'mi dm2'],
  ['Condition?code:not-in=http://example.org/vs/two', 'dm'],
  [`Condition?code:below=${snomed}|73211009`, 'dm2 dm'],
  [`Condition?code:above=${snomed}|73211009`, 'dm'],
  ['Observation?status:in=http://hl7.org/fhir/ValueSet/observation-status', 'lab1 lab2 vital1'],
  ['Location?partof:below=Location/house', 'floor room'],
  ['Location?partof:above=Location/room', 'floor room'],
  ['Encounter?location:below=Location/house', 'visit'],
  ['Encounter?location:above=Location/house', ''],
  ['Organization?partof:below=Organization/ward', 'ward clinic hospital'],
  ['Observation?combo-code-value-quantity=sys$gt100||mmHg', 'vital1'],
  ['Patient?_has:Observation:patient:component-code-value-quantity=sys$120', 'eve'],
  ['Observation?patient._has:Condition:patient:code=22298006', 'lab1 vital1'],
  ['Observation?patient.organization.partof=Organization/clinic', 'lab1 vital1'],
  ['Patient?_id=eve,nobody,per', 'eve per'],
  ['Observation?focus._id=nobody', ''],
  ['Observation?subject.name=odegard', 'lab1 vital1'],
  ['Patient?_id:not=eve', 'per'],
  ['Patient?name:contains=%25', ''],
  ['Patient?name:contains=_', ''],
  ['Patient?name:contains=(a%2B)%2B$', ''],
  ['Patient?_lastUpdated=gt2020&_lastUpdated=lt2100', 'eve per'],
  ['Patient?_filter=name sw ode or general-practitioner.name eq lie', 'eve per'],
  ['Patient?_content=hansen', 'per'],
] as const) {
  test(`${text} finds ${ids === '' ? 'nothing' : ids}`, async () => {
    assert.deepEqual(await hub.ids(text), ids === '' ? [] : ids.split(' '))
  })
}

test('a compartment holds what refers to its resource', async () => {
  const { query } = parseQuery(hub.context, { type: 'Observation', pairs: '', lenient: false })
  const page = await search(hub.context, { query, caller: systemCaller, compartment: { type: 'Patient', id: 'eve' } })
  assert.deepEqual(
    page.matches.map(({ id }) => id),
    ['lab1', 'vital1'],
  )
})

describe('includes', () => {
  const included = async (text: string): Promise<string> =>
    (await hub.page(text)).included
      .map(({ type, id }) => `${type}/${id}`)
      .toSorted()
      .join(' ')

  for (const [text, names] of [
    ['Observation?_id=lab1&_include=Observation:subject', 'Patient/eve'],
    ['Observation?_id=lab1&_include=Observation:performer:Practitioner', 'Practitioner/doc'],
    ['Observation?_id=lab1&_include=Observation:performer:Organization', ''],
    ['Observation?_id=lab1&_include=Observation:*', 'Patient/eve Practitioner/doc'],
    ['Observation?_id=lab1&_include=*', 'Patient/eve Practitioner/doc'],
    ['Observation?_id=lab1&_include=Observation:subject&_include=Patient:organization', 'Patient/eve'],
    [
      'Observation?_id=lab1&_include=Observation:subject&_include:iterate=Patient:organization',
      'Patient/eve Organization/ward',
    ],
    ['Organization?_id=ward&_include:iterate=Organization:partof', 'Organization/clinic Organization/hospital'],
    ['Patient?_id=eve&_revinclude=Observation:subject', 'Observation/lab1 Observation/vital1'],
    [
      'Patient?_id=eve&_revinclude=Observation:subject&_revinclude:iterate=Observation:has-member',
      'Observation/lab1 Observation/vital1 Observation/lab2',
    ],
    ['Patient?_id=per&_revinclude=Condition:*', 'Condition/dm2 Condition/dm'],
    ['Observation?_id=lab2,vital1&_include=Observation:has-member', ''],
    ['Measure?_id=m1&_include=Measure:depends-on', 'Library/lib2'],
    ['Measure?_id=m2&_include=Measure:depends-on', 'Library/lib1 Library/lib2'],
    ['Patient?_id=nobody&_include=*', ''],
  ] as const) {
    test(`${text} includes ${names === '' ? 'nothing' : names}`, async () => {
      assert.equal(await included(text), names.split(' ').toSorted().join(' '))
    })
  }

  test('every type is looked through for what refers to a match', async () => {
    const names = await included('Patient?_id=eve&_revinclude=*')
    assert.equal(names, 'Condition/mi Encounter/visit Observation/lab1 Observation/vital1')
  })

  test('what is beyond the limits is cut, and said', async () => {
    const { query } = parseQuery(hub.context, {
      type: 'Patient',
      pairs: '_revinclude=Observation:subject',
      lenient: false,
    })
    const context = { ...hub.context, limits: { ...hub.context.limits, includesMax: 2 } }
    const page = await search(context, { query, caller: systemCaller })
    assert.equal(page.included.length, 2)
    assert.deepEqual(
      page.issues.map(({ code, severity }) => [code, severity]),
      [['includes-cut', 'warning']],
    )
  })
})

describe('what a caller may not see', () => {
  const callerWith = (visible: Readonly<Record<string, Visibility>>): Caller => ({
    actor: 'app',
    actorKind: 'token',
    access: (_kind, type) => visible[type] ?? 'none',
  })
  const eve: Visibility = [{ compartment: { type: 'Patient', id: 'eve' } }]

  test('is not found', async () => {
    const caller = callerWith({ Observation: eve, Patient: eve })
    assert.deepEqual(await hub.ids('Observation?', caller), ['lab1', 'vital1'])
    assert.deepEqual(await hub.ids('Patient?', caller), ['eve'])
    assert.deepEqual(await hub.ids('Condition?', caller), [])
    assert.deepEqual(await hub.ids('?_type=Patient,Condition,Observation', caller), ['eve', 'lab1', 'vital1'])
    assert.deepEqual((await hub.page('Observation?_summary=count', { caller })).total, { count: 2, exact: true })
  })

  test('is not led through', async () => {
    const caller = callerWith({ Observation: 'all', Patient: eve })
    assert.deepEqual(await hub.ids('Observation?subject:Patient.name=hansen', caller), [])
    assert.deepEqual(await hub.ids('Observation?subject:Patient.name=odegard', caller), ['lab1', 'vital1'])
    assert.deepEqual(await hub.ids('Patient?_has:Condition:patient:code=22298006', caller), [])
  })

  test('is not included', async () => {
    const caller = callerWith({ Observation: 'all', Patient: eve })
    const page = await hub.page('Observation?_include=Observation:subject&_include=Observation:performer', { caller })
    assert.deepEqual(
      page.included.map(({ id }) => id),
      ['eve'],
    )
    const other = await hub.page('Patient?_revinclude=Condition:patient&_revinclude=Observation:patient', { caller })
    assert.deepEqual(
      other.included.map(({ id }) => id),
      ['lab1', 'vital1'],
    )
  })

  test('may be told by a search, also one that has to be compared', async () => {
    const lab: Visibility = [{ query: 'category=laboratory' }]
    assert.deepEqual(await hub.ids('Observation?', callerWith({ Observation: lab })), ['lab1', 'lab2'])
    const pressure: Visibility = [{ query: 'component-code-value-quantity=sys$gt100' }, { query: '_id=lab2' }]
    assert.deepEqual(await hub.ids('Observation?', callerWith({ Observation: pressure })), ['lab2', 'vital1'])
    const patients = callerWith({ Observation: pressure, Patient: 'all' })
    assert.deepEqual(await hub.ids('Patient?_has:Observation:patient:status=final', patients), ['eve', 'per'])
  })

  test('is everything where a filter means nothing', async () => {
    assert.deepEqual(await hub.ids('Observation?', callerWith({ Observation: [{ query: 'no-such=1' }] })), [])
    assert.deepEqual(await hub.ids('Observation?', callerWith({ Observation: [] })), [])
  })

  test('is not matched by a condition', async () => {
    const caller = callerWith({ Patient: eve })
    const request = { type: 'Patient', caller, kind: 'update', limit: 2 } as const
    const found = async (criteria: string): Promise<readonly string[]> =>
      (await findMatches(hub.context, { ...request, criteria })).map(({ id }) => id)
    assert.deepEqual(await found('name=odegard'), ['eve'])
    assert.deepEqual(await found('name=hansen'), [])
    assert.equal((await refusal(findMatches(hub.context, { ...request, criteria: '' }))).status, 400)
    assert.equal((await refusal(findMatches(hub.context, { ...request, criteria: 'nam=x' }))).status, 400)
  })
})

describe('what is refused', () => {
  test('every parameter that means nothing is named, and passed over by the lenient', async () => {
    const pairs = 'nam=x&gender=male&birthdate=yesterday&_sort=shoe-size'
    const input = { type: 'Patient', pairs }
    const refused = await refusal((async () => parseQuery(hub.context, { ...input, lenient: false }))())
    assert.equal(refused.status, 400)
    assert.deepEqual(
      refused.issues.map(({ text }) => text.split(':')[0]),
      ['nam', 'birthdate', '_sort'],
    )
    assert.doesNotMatch(JSON.stringify(refused.issues), /yesterday/)
    const { query, warnings } = parseQuery(hub.context, { ...input, lenient: true })
    assert.equal(query.criteria.length, 1)
    assert.deepEqual(
      warnings.map(({ severity }) => severity),
      ['warning', 'warning', 'warning'],
    )
  })

  test('what is beyond the limits is refused, lenient or not', async () => {
    const pairs = Array.from({ length: 600 }, () => 'gender=male').join('&')
    const refused = await refusal((async () => parseQuery(hub.context, { type: 'Patient', pairs, lenient: true }))())
    assert.deepEqual([refused.status, refused.issues[0]?.type], [400, 'too-costly'])
  })

  for (const text of [
    'Patient?_contained=true',
    'Patient?_list=$current-problems',
    'Condition?code:in=http://example.org/vs/unknown',
    'Condition?code:below=http://loinc.org|1',
    'Encounter?appointment:below=Appointment/1',
    'QuestionnaireResponse?questionnaire.title=x',
  ]) {
    test(`${text} is not supported, and says so`, async () => {
      const refused = await refusal(hub.ids(text))
      assert.deepEqual([refused.status, refused.issues[0]?.type], [400, 'not-supported'])
    })
  }

  test('a search that takes too long is ended', async () => {
    const context = { ...hub.context, limits: { ...hub.context.limits, searchMs: 150 } }
    await whileLocked(async () => {
      const { query } = parseQuery(context, { type: 'Patient', pairs: '', lenient: false })
      const refused = await refusal(search(context, { query, caller: systemCaller }))
      assert.deepEqual(
        [refused.code, refused.status, refused.issues[0]?.type],
        ['search-too-costly', 503, 'too-costly'],
      )
      assert.equal(await running(), 0)
    })
  })

  test('a search whose client has gone is ended in the database as well', async () => {
    await whileLocked(async () => {
      const gone = new AbortController()
      const { query } = parseQuery(hub.context, { type: 'Patient', pairs: '', lenient: false })
      setTimeout(() => gone.abort(), 150)
      const refused = await refusal(search(hub.context, { query, caller: systemCaller, signal: gone.signal }))
      assert.equal(refused.code, 'search-cancelled')
      assert.equal(await running(), 0)
      assert.equal(
        (await refusal(search(hub.context, { query, caller: systemCaller, signal: gone.signal }))).code,
        'search-cancelled',
      )
    })
  })

  /** Nobody can read patients meanwhile. */
  async function whileLocked(fn: () => Promise<void>): Promise<void> {
    const locker = await hub.context.store.db.dedicated('lock')
    try {
      await locker.query('begin; lock table hub.resource_patient in access exclusive mode')
      await fn()
    } finally {
      await locker.end()
    }
  }

  async function running(): Promise<number> {
    const { rows } = await hub.context.store.db.pool.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'active' and query like '%hub.resource_patient r%' and pid <> pg_backend_pid()`,
    )
    return rows[0]?.count ?? 0
  }
})

describe('plans', () => {
  const driverOf = async (text: string): Promise<string> => {
    const [type = '', pairs = ''] = text.split(/\?(.*)/s)
    const { query } = parseQuery(hub.context, { type, pairs, lenient: false })
    const { driver } = (await explainSearch(hub.context, { query, caller: systemCaller })) as {
      readonly driver: string
    }
    return driver
  }
  /** As if there were a million of each type; `code=k` in a third of them, everything else rare. */
  const frequent = (): void => {
    const { keys } = hub.context.store
    const common = new Set([
      keys.token('Observation', 'code', undefined, 'k'),
      keys.token('Observation', 'status', undefined, 'final'),
    ])
    mock.method(statisticsOf(hub.context), 'of', async () => ({
      rows: 1_000_000,
      frequency: (key: string) => (common.has(key) ? 0.33 : 0.00002),
    }))
  }
  after(() => mock.restoreAll())

  test('what is rare is looked up, what is frequent is walked past', async () => {
    frequent()
    for (const [text, driver] of [
      ['Observation?subject=Patient/eve&code=k', 'tokens'],
      ['Observation?code=k', 'walk'],
      ['Observation?code=k&status=final&_sort=-_lastUpdated', 'walk'],
      ['Observation?code=other', 'tokens'],
      ['Observation?_id=lab1,lab2&code=k', 'named'],
      ['Observation?date=ge2026-01&date=lt2026-02', 'rows'],
      ['Observation?_sort=-date', 'rows-walk'],
      ['Observation?subject=Patient/eve&_sort=-date', 'tokens'],
      ['Patient?name=ode', 'rows'],
      ['Patient?', 'walk'],
      ['Observation?status:not=amended', 'walk'],
    ] as const) {
      assert.equal(await driverOf(text), driver, text)
    }
  })

  test('a walk that does not fill its page is finished by the index', async () => {
    frequent()
    assert.deepEqual(await hub.ids('Observation?code=k&_count=2'), ['lab1', 'lab2', 'vital1'])
    assert.deepEqual(await hub.ids('Observation?code=k&status=final&_sort=-_lastUpdated&_count=2'), [
      'vital1',
      'lab2',
      'lab1',
    ])
  })

  test('a broad search by date goes along the dates, and its pages too', async () => {
    frequent()
    for (const [index, day] of ['2026-03-03', '2026-03-01', '2026-03-02'].entries()) {
      await hub.add({
        resourceType: 'Procedure',
        id: `pr${index}`,
        status: 'completed',
        performedDateTime: day,
        subject: { reference: 'Patient/eve' },
      })
    }
    await hub.add({
      resourceType: 'Procedure',
      id: 'long',
      status: 'completed',
      performedPeriod: { start: '2026-02-01' },
      subject: { reference: 'Patient/eve' },
    })
    assert.deepEqual(await hub.ids('Procedure?_sort=date&_count=1'), ['long', 'pr1', 'pr2', 'pr0'])
    assert.deepEqual(await hub.ids('Procedure?date=ge2026-02-15&_sort=-date&_count=1'), ['pr0', 'pr2', 'pr1', 'long'])
    assert.deepEqual(await hub.ids('Procedure?_lastUpdated=gt2020&_count=1'), ['pr0', 'pr1', 'pr2', 'long'])
  })
})
