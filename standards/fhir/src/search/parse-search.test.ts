import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parameters } from './test/standard.ts'
import { formatSearch, type ParsedSearch, parseSearch, SEARCH_LINKS_MAX } from './index.ts'

function parse(search: string, resourceType?: string): ParsedSearch {
  return parseSearch(search, { parameters, ...(resourceType === undefined ? {} : { resourceType }) })
}

/** Code and parameter of each issue. */
function issuesOf(search: string, resourceType?: string): readonly string[] {
  return parse(search, resourceType).issues.map(issue => `${issue.code} ${issue.parameter}`)
}

const GOOD: readonly (readonly [string | undefined, string])[] = [
  ['Patient', 'name=eve'],
  ['Patient', 'name:contains=eve&name:exact=Eve'],
  ['Patient', 'gender:not=male'],
  ['Patient', 'birthdate:missing=true'],
  ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203%7CMR%7C446053'],
  ['Patient', 'identifier=http://acme.org/patient%7C2345'],
  ['Patient', '_id=23&_lastUpdated=gt2010-10-01&_tag=http://acme.org/codes%7Cneeds-review&_profile=http://x'],
  ['Patient', '_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality%7CR&_source=urn:x'],
  ['Patient', '_list=42&_text=fever&_content=bone%20AND%20metastasis'],
  ['Patient', 'general-practitioner:Practitioner.name=Joe&general-practitioner.name=Joe'],
  ['Patient', '_has:Observation:patient:code=1234-5'],
  ['Patient', '_has:Observation:patient:_has:AuditEvent:entity:agent=MyUserId'],
  ['Patient', '_has:Group:member:_id=102'],
  [
    'Observation',
    'value-quantity=lt5.4%7Chttp://unitsofmeasure.org%7Cmg&value-quantity=5.4%7C%7Cmg&value-quantity=5.40e-3',
  ],
  ['Observation', 'component-code-value-quantity=http://loinc.org%7C8480-6$lt60,8462-4$gt5'],
  ['Observation', 'date=ge2010-01-01&date=lt2011-12-31,sa2012-05-05T10:00:00Z'],
  ['Observation', 'subject:Patient=23&subject=Patient/23,Group/1'],
  ['Observation', 'subject=http://acme.org/fhir/Patient/123&patient:identifier=http://acme.org%7C123'],
  ['Observation', 'code:in=http://snomed.info/sct?fhir_vs%3Disa/126851005&code:below=http://s%7C1&code:text=head'],
  ['Observation', 'subject:Patient._has:Group:member:_id=5'],
  ['ValueSet', 'url:below=http://acme.org/fhir/&url:above=http://acme.org/fhir/ValueSet/1'],
  ['RiskAssessment', 'probability=gt0.8&probability=ap1e-2'],
  ['Location', 'near=-83.694810%7C42.256500%7C11.20%7Ckm'],
  [
    'Patient',
    '_sort=birthdate,-_lastUpdated,_id&_count=50&_total=accurate&_summary=text&_contained=both&_containedType=contained',
  ],
  ['Patient', '_elements=identifier,active,link&_format=json&_pretty=true'],
  [
    'MedicationRequest',
    '_include=MedicationRequest:patient&_include:iterate=Patient:organization&_revinclude=Provenance:target',
  ],
  ['Encounter', '_include=Encounter:subject:Patient&_include=*&_include=Encounter:*'],
  ['Observation', '_filter=code eq http://loinc.org%7C1234-5 and subject.name co "pet (jr)"'],
  ['Patient', '_filter=given eq "peter" and (birthdate ge 2014-10-10 or not (gender eq male)) or active ne true'],
  ['Observation', '_filter=subject[name co pet and birthdate ge 2014].identifier eq http://s%7C1'],
  [undefined, '_type=Patient,Observation&_lastUpdated=gt2020-01-01'],
  [undefined, '_id=1'],
]

test('what the standard shows is understood, and is written as it was read', () => {
  for (const [type, search] of GOOD) {
    const parsed = parse(search, type)
    assert.deepEqual(parsed.issues, [], search)
    const written = formatSearch(parsed.query, type !== undefined)
    assert.deepEqual(parse(written, type), parsed, `${search} became ${written}`)
  }
})

test('everything that is wrong is reported, with its parameter, and the rest is understood', () => {
  const parsed = parse(
    'bogus=1&name:below=x&birthdate=20x&gender=&_sort=nope&_count=x&_include=Nope:x&name=ok&_total=some&subject.name=x&active:missing=maybe',
    'Patient',
  )
  assert.deepEqual(
    parsed.issues.map(issue => `${issue.code} ${issue.parameter}`),
    [
      'parameter-unknown bogus',
      'modifier-invalid name:below',
      'value-malformed birthdate',
      'value-malformed gender',
      'parameter-unknown _sort',
      'value-malformed _count',
      'type-unknown _include',
      'value-malformed _total',
      'parameter-unknown subject.name',
      'value-malformed active:missing',
    ],
  )
  assert.equal(parsed.query.criteria.length, 1)
})

test('each kind of mistake has its code', () => {
  const table: readonly [string, string, string | undefined][] = [
    ['value-quantity=xx5', 'prefix-invalid value-quantity', 'Observation'],
    ['value-quantity=5|mg', 'value-malformed value-quantity', 'Observation'],
    ['code-value-quantity=1', 'value-malformed code-value-quantity', 'Observation'],
    ['code-value-quantity=1$x', 'value-malformed code-value-quantity', 'Observation'],
    ['code=a|b|c', 'value-malformed code', 'Observation'],
    ['code=|', 'value-malformed code', 'Observation'],
    ['code:exact=a', 'modifier-invalid code:exact', 'Observation'],
    ['code:not:in=a', 'modifier-invalid code:not:in', 'Observation'],
    ['subject:Group.family=a', 'parameter-unknown subject:Group.family', 'Encounter'],
    ['subject:Medication=1', 'type-unknown subject:Medication', 'Observation'],
    ['subject:Nothing=1', 'modifier-invalid subject:Nothing', 'Observation'],
    ['subject:Patient=Group/1', 'value-malformed subject:Patient', 'Observation'],
    ['subject=not an id', 'value-malformed subject', 'Observation'],
    ['subject.nothing=1', 'chain-invalid subject.nothing', 'Observation'],
    ['subject.birthdate=x', 'value-malformed subject.birthdate', 'Observation'],
    ['code.name=1', 'chain-invalid code.name', 'Observation'],
    ['_has:Observation:code=1', 'chain-invalid _has:Observation:code', 'Patient'],
    ['_has:Nothing:patient:code=1', 'type-unknown _has:Nothing:patient:code', 'Patient'],
    ['_has:Observation:code:code=1', 'chain-invalid _has:Observation:code:code', 'Patient'],
    ['_has:Observation:patient:nothing=1', 'parameter-unknown _has:Observation:patient:nothing', 'Patient'],
    ['_has:Observation:patient:code=1', 'chain-invalid _has:Observation:patient:code', 'Medication'],
    ['near=91|0', 'value-malformed near', 'Location'],
    ['near=60|10|5|furlong', 'value-malformed near', 'Location'],
    ['_type=Patient', 'parameter-misplaced _type', 'Patient'],
    ['_count=1&_count=2', 'parameter-misplaced _count', 'Patient'],
    ['_count:exact=1', 'modifier-invalid _count:exact', 'Patient'],
    ['_include:always=Patient:link', 'modifier-invalid _include:always', 'Patient'],
    ['_include=Patient:name', 'parameter-unknown _include', 'Patient'],
    ['_include=Patient:organization:Patient', 'type-unknown _include', 'Patient'],
    ['_query=mine', 'parameter-unknown _query', 'Patient'],
    ['_list:not=1', 'modifier-invalid _list:not', 'Patient'],
    ['_text=', 'value-malformed _text', 'Patient'],
    ['constructor=x', 'parameter-unknown constructor', 'Patient'],
    ['_sort=toString', 'parameter-unknown _sort', 'Patient'],
    ['near=60|10|5|constructor', 'value-malformed near', 'Location'],
    ['name=%E0%A4%A', 'encoding-invalid name', 'Patient'],
    ['name=5', 'parameter-unknown name', undefined],
    ['_type=Patient,Nothing', 'type-unknown _type', undefined],
    ['_filter=name', 'filter-invalid _filter', 'Patient'],
    ['_filter=name co', 'filter-invalid _filter', 'Patient'],
    ['_filter=name is "x"', 'filter-invalid _filter', 'Patient'],
    ['_filter=name gt "x"', 'filter-invalid _filter', 'Patient'],
    ['_filter=(name co "x"', 'filter-invalid _filter', 'Patient'],
    ['_filter=name co "x', 'filter-invalid _filter', 'Patient'],
    ['_filter=nothing eq 1', 'parameter-unknown _filter', 'Patient'],
    ['_filter=birthdate ge then', 'value-malformed _filter', 'Patient'],
    ['_filter=name.family eq x', 'chain-invalid _filter', 'Patient'],
    ['_filter=name pr maybe', 'value-malformed _filter', 'Patient'],
  ]
  for (const [search, expected, type] of table) assert.deepEqual(issuesOf(search, type), [expected], search)
})

test('a chain to several types is written so that each of them reads the same again', () => {
  // version is a token of most types, and a text of none or some: whichever is met, system and code stay apart.
  for (const [type, search] of [
    ['Basic', 'subject.identifier=http://s|1'],
    ['List', 'item.code=http://s|1'],
    ['Provenance', 'target.name=a\\|b'],
    ['Provenance', 'target.location=a'],
    ['Composition', 'entry.value-quantity=gt5||mg'],
  ] as const) {
    const first = parseSearch([search.split('=') as [string, string]], { parameters, resourceType: type })
    assert.deepEqual(first.issues, [], search)
    assert.deepEqual(parse(formatSearch(first.query, true), type).query, first.query, search)
  }
})

test('a filter reports all of its mistakes', () => {
  assert.deepEqual(issuesOf('_filter=nothing eq 1 and birthdate ge x or gender co y', 'Patient'), [
    'parameter-unknown _filter',
    'value-malformed _filter',
    'filter-invalid _filter',
  ])
})

test('escapes keep separators out of the way', () => {
  const { query, issues } = parse('name=a\\,b,c\\$d\\|e\\\\f', 'Patient')
  assert.deepEqual(issues, [])
  const [criterion] = query.criteria
  assert.ok(criterion?.kind === 'parameter')
  assert.deepEqual(criterion.values, [
    { type: 'string', text: 'a,b' },
    { type: 'string', text: 'c$d|e\\f' },
  ])
})

test('a search of the length and depth that an attacker would send is refused', () => {
  const long = Array.from({ length: 501 }, () => 'name=x').join('&')
  assert.deepEqual(issuesOf(long, 'Patient'), ['search-too-large '])
  assert.deepEqual(issuesOf(`name=${Array.from({ length: 10_001 }, () => 'x').join(',')}`, 'Patient'), [
    'search-too-large name',
  ])
  const chain = `${'_has:Patient:link:'.repeat(SEARCH_LINKS_MAX + 1)}name`
  assert.equal(issuesOf(`${chain}=x`, 'Patient')[0]?.split(' ')[0], 'search-too-large')
  assert.equal(
    issuesOf(`${'link.'.repeat(SEARCH_LINKS_MAX + 2)}name=x`, 'Patient')[0]?.split(' ')[0],
    'search-too-large',
  )
  assert.deepEqual(issuesOf(`${'focus.'.repeat(7)}code=x`, 'Observation'), [
    `search-too-large ${'focus.'.repeat(7)}code`,
  ])
  assert.deepEqual(issuesOf(`_filter=${'('.repeat(50)}name co x${')'.repeat(50)}`, 'Patient'), [
    'search-too-large _filter',
  ])
})

test('names that only the server knows are passed over', () => {
  const parsed = parseSearch('name=x&_page=abc', {
    parameters,
    resourceType: 'Patient',
    passedOver: new Set(['_page']),
  })
  assert.deepEqual(parsed.issues, [])
  assert.equal(parsed.query.criteria.length, 1)
})

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const id = fc.stringMatching(/^[A-Za-z0-9\-.]{1,20}$/)
const prefix = fc.constantFrom('', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap')
const number = fc.stringMatching(/^-?[1-9]\d{0,3}(\.\d{1,3})?$/)
const day = fc.stringMatching(/^20[0-2]\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/)
const escaped = text.map(each => each.replace(/[,$|\\]/g, '\\$&'))

const pair: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(fc.constantFrom('note', 'code:text'), escaped).map(([, value]): [string, string] => ['code:text', value]),
  fc.tuple(fc.constant('code'), escaped),
  fc.tuple(
    fc.constant('code'),
    fc.tuple(escaped, escaped).map(parts => parts.join('|')),
  ),
  fc.tuple(
    fc.constant('date'),
    fc.tuple(prefix, day).map(parts => parts.join('')),
  ),
  fc.tuple(
    fc.constant('value-quantity'),
    fc.tuple(prefix, number, escaped).map(([p, n, u]) => `${p}${n}||${u}`),
  ),
  fc.tuple(fc.constantFrom('subject', 'subject:Patient', 'patient'), id),
  fc.tuple(
    fc.constant('code-value-quantity'),
    fc.tuple(escaped, prefix, number).map(([c, p, n]) => `${c}$${p}${n}`),
  ),
  fc.tuple(fc.constantFrom('subject.name', 'subject:Patient.family:exact', 'patient.name:contains'), escaped),
  fc.tuple(fc.constantFrom('_has:Provenance:target:_id', '_has:AuditEvent:entity:agent.name'), id),
  fc.tuple(
    fc.constant('_filter'),
    text.map(each => `subject.name co ${JSON.stringify(each)} and not (date gt 2020)`),
  ),
)

test('what is understood is written and read again as the same', () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), pairs => {
      const first = parseSearch(pairs, { parameters, resourceType: 'Observation' })
      const again = parse(formatSearch(first.query, true), 'Observation')
      assert.deepEqual(again.issues, [])
      assert.deepEqual(again.query, first.query)
    }),
    { numRuns: 300 },
  )
})

test('no text makes the parser throw', () => {
  const names = fc.constantFrom(
    'name',
    '_filter',
    '_has',
    '_has:Observation',
    'birthdate',
    'link.name',
    '_include',
    '_sort',
    ':',
    '.',
  )
  fc.assert(
    fc.property(fc.tuple(names, fc.string(), fc.string({ unit: 'binary' })), ([name, more, value]) => {
      parseSearch([[name + more, value]], { parameters, resourceType: 'Patient' })
      parse(`${name}${more}=${value}`, 'Patient')
    }),
    { numRuns: 150 },
  )
})
