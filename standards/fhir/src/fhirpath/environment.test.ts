import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Collection, Environment, FhirNode, JsonObject } from './index.ts'
import { check, compiler, patient, run } from './test/run-expression.ts'

test('the time is what the caller says it is', () => {
  check(
    [
      ['now()', ['2026-01-31T23:30:00.000+01:00']],
      ['today()', ['2026-01-31']],
      ['timeOfDay()', ['23:30:00.000']],
      ['birthDate <= today()', [true]],
    ],
    { now: '2026-01-31T23:30:00.000+01:00' },
  )
  assert.equal(run('now()'), 'port-missing')
})

test('strings are cut, searched and matched', () => {
  check([
    ["'abcdef'.substring(2, 3)", ['cde']],
    ["'abc'.substring(5)", []],
    ["'abc'.indexOf('c')", [2]],
    ["'abc'.replace('b', 'x')", ['axc']],
    ["'abc'.upper().startsWith('AB')", [true]],
    ["'N8000123123'.matches('^N[0-9]{8}$')", [false]],
    ["'N8000123123'.matches('N[0-9]{8}')", [true]],
    ["'abc'.matchesFull('b')", [false]],
    [
      "'11/30/1972'.replaceMatches('\\\\b(?<month>\\\\d{1,2})/(?<day>\\\\d{1,2})/(?<year>\\\\d{2,4})\\\\b', '${day}')",
      ['${day}'],
    ],
    ["'a-b'.replaceMatches('(.)-(.)', '$2-$1')", ['b-a']],
    ["'a' & {} & 'b'", ['ab']],
    ["'1.50'.toDecimal()", ['1.50']],
    ["'1'.toInteger() + 1", [2]],
    ["'x'.toInteger()", []],
    ["'yes'.toBoolean()", [true]],
    ["'4 days'.toQuantity()", ['4 days']],
    ['1.toString()', ['1']],
    ["'a,b'.split(',')", ['a', 'b']],
    ["'Åse'.encode('base64').decode('base64')", ['Åse']],
    ["iif(name.count() > 1, 'many', 'one')", ['many']],
    ["name.given.matches('x')", 'single-item-expected'],
  ])
})

test('references lead to contained resources by themselves and elsewhere by a port', () => {
  const resolve = (reference: string | undefined): JsonObject | undefined =>
    reference === 'Practitioner/dr1' ? { resourceType: 'Practitioner', id: 'dr1', active: true } : undefined
  check(
    [
      ['managingOrganization.resolve().name', ['Legekontoret']],
      ['generalPractitioner.resolve().id', ['dr1']],
      ['generalPractitioner.where(resolve() is Practitioner).count()', [1]],
      ['generalPractitioner.resolve().active', [true]],
      ['generalPractitioner.getReferenceKey(Organization)', ['o2']],
      ['getResourceKey()', ['p1']],
    ],
    { ports: { resolve } },
  )
  check([['generalPractitioner.resolve()', []]])
})

test('variables and ports come from the environment', () => {
  const traced: string[] = []
  const environment: Environment = {
    variables: { use: ['maiden'] },
    ports: {
      trace: (name: string, items: Collection) => traced.push(`${name} ${items.length}`),
      memberOf: (value, type, url) => (url === 'http://vs' ? value === 'female' && type === 'code' : undefined),
      conformsTo: (_value, type, url) => url.endsWith(type),
      checkHtml: xhtml => !xhtml.includes('script'),
    },
  }
  check(
    [
      ['name.where(use = %use).family', ['Hansen']],
      ["name.trace('names', given).count()", [2]],
      ["gender.memberOf('http://vs')", [true]],
      ["gender.memberOf('http://other')", []],
      ["conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", [true]],
      ['%resource.id = %rootResource.id and %context.id = id', [true]],
      ['%ucum', ['http://unitsofmeasure.org']],
      ['%sct & %loinc', ['http://snomed.info/scthttp://loinc.org']],
      ['%`vs-administrative-gender`', ['http://hl7.org/fhir/ValueSet/administrative-gender']],
      ['%nothing', 'variable-unknown'],
    ],
    environment,
  )
  assert.deepEqual(traced, ['names 3'])
  assert.equal(run("gender.memberOf('http://vs')"), 'port-missing')
  const narrative: JsonObject = { resourceType: 'Patient', text: { status: 'generated', div: '<div><script/></div>' } }
  assert.deepEqual(run('text.div.htmlChecks()', narrative, environment), [false])
})

test('an invariant is tested on an element with the resource around it', () => {
  const compiled = compiler.compile(
    "reference.startsWith('#').not() or (reference.substring(1) in %rootResource.contained.id)",
  )
  assert.ok(compiled.ok)
  const resource = compiler.resource(patient)
  const reference = (text: string): FhirNode => compiler.element('Reference', { reference: text })
  assert.deepEqual(compiled.expression.test(reference('#o'), { resource }), { ok: true, value: true })
  assert.deepEqual(compiled.expression.test(reference('#x'), { resource }), { ok: true, value: false })
})

test('what is no FHIRPath, or not ours, is a value that says where', () => {
  const table: readonly (readonly [string, string])[] = [
    ['', 'syntax-invalid'],
    ['name.', 'syntax-invalid'],
    ["'open", 'syntax-invalid'],
    ['a b', 'syntax-invalid'],
    ['(1 + 2', 'syntax-invalid'],
    ['1 +', 'syntax-invalid'],
    ['name.where()', 'syntax-invalid'],
    ['name.where(a, b)', 'syntax-invalid'],
    ['1 # 2', 'syntax-invalid'],
    ['name.whatever()', 'unsupported'],
    ["defineVariable('a')", 'unsupported'],
    ['1L', 'unsupported'],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, 'expression-too-large'],
    [`1${' + 1'.repeat(300)}`, 'expression-too-large'],
    [' '.repeat(30_000), 'expression-too-large'],
  ]
  for (const [text, code] of table) assert.equal(run(text), code, text.slice(0, 40))
  const compiled = compiler.compile('name.given.nope()')
  assert.ok(!compiled.ok)
  assert.equal(compiled.issue.at, 11)
})

test('names of what every JavaScript object has are names like any other', () => {
  check([
    ['name.constructor', []],
    ['toString', []],
    ['constructor.name', []],
    ['%constructor', 'variable-unknown'],
    ['constructor()', 'unsupported'],
    ["1 'constructor' = 1 'toString'", []],
    ["@2012 + 1 'constructor'", 'type-mismatch'],
    ['1 constructor 2', 'syntax-invalid'],
  ])
})

test('what does not hang on the focus is evaluated once, and what does each time', () => {
  const paths = Array.from({ length: 3000 }, (_, index) => ({ linkId: `${index}` }))
  const questionnaire: JsonObject = { resourceType: 'Questionnaire', item: paths }
  const started = performance.now()
  assert.deepEqual(run("item.all(linkId.exists() and %resource.item.first().linkId = '0')", questionnaire), [true])
  assert.ok(performance.now() - started < 1000)
  check([
    ['name.select(%resource.name.given.count() & use)', 'type-mismatch'],
    ["name.select(%resource.name.where(use = 'maiden').family & '/' & family)", ['Hansen/Ødegård', 'Hansen/Hansen']],
    ['name.where(%resource.name.family contains family).count()', [2]],
    ["name.select(%resource.name.family.indexOf('x'))", 'single-item-expected'],
    ['name.select(%resource.name[$index].family)', ['Ødegård', 'Hansen']],
    ["name.select(%resource.name.where($this.use = 'maiden').given.first())", ['Åse', 'Åse']],
    ['name.family.select(%resource.name.family.first().startsWith($this))', [true, false]],
  ])
})
