import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadTypes } from '../definitions/index.ts'
import { bodyFormat, formatJson, negotiateFormat, parseJson, Subsetter } from '../index.ts'

const subsetter = new Subsetter(await loadTypes())

const observation = parsed(`{"resourceType":"Observation","id":"1","meta":{"versionId":"3","tag":[{"code":"x"}]},
  "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a</div>"},
  "extension":[{"url":"https://x.example/e","valueCode":"a"}],"modifierExtension":[{"url":"https://x.example/m","valueCode":"a"}],
  "status":"final","code":{"text":"Hb"},"valueQuantity":{"value":14.10},"note":[{"text":"n"}],
  "component":[{"code":{"text":"c"},"valueDecimal":1.50,"referenceRange":[{"text":"r"}],"interpretation":[{"text":"i"}]}]}`)

function parsed(text: string): Readonly<Record<string, unknown>> {
  const result = parseJson(text)
  assert.ok(result.ok)
  return result.value as Readonly<Record<string, unknown>>
}

function keys(resource: object): string {
  return Object.keys(resource).join(' ')
}

test('a summary has the elements that the standard marks, and says that it is a part', () => {
  const summary = subsetter.summary(observation, 'true')
  assert.equal(keys(summary), 'resourceType id meta modifierExtension status code valueQuantity component')
  assert.deepEqual(summary['meta'], {
    versionId: '3',
    tag: [{ code: 'x' }, { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
  })
  const [component] = summary['component'] as [object]
  assert.equal(keys(component), 'code')
  assert.ok(formatJson(summary).includes('"value":14.10'))
})

test('a summary of text has the narrative and what is required', () => {
  assert.equal(keys(subsetter.summary(observation, 'text')), 'resourceType id meta text status code')
})

test('a summary of data has all but the narrative', () => {
  const data = subsetter.summary(observation, 'data')
  assert.equal('text' in data, false)
  assert.ok(formatJson(data).includes('"valueDecimal":1.50'))
})

test('no summary is the resource itself', () => {
  assert.equal(subsetter.summary(observation, 'false'), observation)
})

test('elements come with those without which they would be misread', () => {
  assert.equal(
    keys(subsetter.elements(observation, ['note'])),
    'resourceType id meta modifierExtension status code note',
  )
  assert.equal(
    keys(subsetter.elements(observation, ['Patient.note', 'Observation.value'])),
    'resourceType id meta modifierExtension status code valueQuantity',
  )
})

test('a part is tagged once, however often it is made', () => {
  const twice = subsetter.elements(subsetter.summary(observation, 'true'), ['code'])
  const { tag } = twice['meta'] as { tag: object[] }
  assert.equal(tag.length, 2)
})

const formats: readonly { asks: Parameters<typeof negotiateFormat>[0]; gives: string }[] = [
  { asks: {}, gives: 'json' },
  { asks: { preferred: 'xml' }, gives: 'xml' },
  { asks: { accept: '*/*', preferred: 'xml' }, gives: 'xml' },
  { asks: { accept: 'application/fhir+xml' }, gives: 'xml' },
  { asks: { accept: 'text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8' }, gives: 'xml' },
  { asks: { accept: 'application/fhir+xml;q=0.4, application/fhir+json;q=0.9' }, gives: 'json' },
  { asks: { accept: 'application/fhir+xml;q=0, */*' }, gives: 'json' },
  { asks: { accept: 'application/fhir+json; fhirVersion=4.0' }, gives: 'json' },
  { asks: { accept: 'application/fhir+json; fhirVersion="4.0.1"' }, gives: 'json' },
  { asks: { accept: 'application/fhir+json; fhirVersion=5.0' }, gives: 'version-unsupported' },
  { asks: { accept: 'application/fhir+json; fhirVersion=5.0, application/fhir+xml' }, gives: 'xml' },
  { asks: { accept: 'text/turtle' }, gives: 'format-unsupported' },
  { asks: { accept: 'application/fhir+json', format: 'xml' }, gives: 'xml' },
  { asks: { format: 'application/fhir+xml' }, gives: 'xml' },
  { asks: { format: 'application/fhir xml' }, gives: 'xml' },
  { asks: { format: 'text/json' }, gives: 'json' },
  { asks: { format: 'ttl' }, gives: 'format-unsupported' },
  { asks: { format: 'json; fhirVersion=3.0' }, gives: 'version-unsupported' },
]

for (const { asks, gives } of formats) {
  test(`who asks ${JSON.stringify(asks)} gets ${gives}`, () => {
    const result = negotiateFormat(asks)
    assert.equal(result.ok ? result.value : result.issues[0]?.code, gives)
  })
}

test('a body is read by its content type', () => {
  const told = (type: string | undefined): unknown => {
    const result = bodyFormat(type)
    return result.ok ? result.value : result.issues[0]?.code
  }
  assert.equal(told('application/fhir+json; charset=utf-8'), 'json')
  assert.equal(told('Application/XML'), 'xml')
  assert.equal(told('application/fhir+json; fhirVersion=5.0'), 'version-unsupported')
  assert.equal(told('text/plain'), 'format-unsupported')
  assert.equal(told('json'), 'format-unsupported')
  assert.equal(told(undefined), 'format-unsupported')
})
