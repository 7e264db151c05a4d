import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadDefinitions, loadTypes } from '../src/definitions/index.ts'
import { formatJson, operationOutcome, parseJson, Subsetter } from '../src/index.ts'
import { FhirPackage, type PackageResource } from '../src/packages/index.ts'
import { loadValidator } from '../src/validation/index.ts'
import { loadXmlFormat } from '../src/xml/index.ts'
import { fixture } from './change-resource.ts'

const standard = await loadDefinitions()
const guide = new FhirPackage(
  { name: 'samband.test', version: '1.0.0', fhirVersions: ['4.0.1'], dependencies: {} },
  ['lab-result', 'sample', 'not-done'].map(name => fixture(`profiles/${name}`) as PackageResource),
).dependOn(standard)
const validator = await loadValidator({ definitions: [guide] })
const xml = await loadXmlFormat()
const subsetter = new Subsetter(await loadTypes())

/** A fixture with one of its members, anywhere, made into any JSON. */
const damaged = fc
  .tuple(
    fc.constantFrom('patient', 'observation', 'bundle', 'questionnaire', 'lab-result'),
    fc.nat(10_000),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>('#', '#org', [], [null], {}, [[]], -0, 1e300, '__proto__'),
    ),
  )
  .map(([name, at, value]) => {
    const resource = fixture(`resources/${name}`)
    const places = [...placesOf(resource)]
    const [holder, key] = places[at % places.length] ?? [resource, 'extension']
    Reflect.set(holder, key, value)
    return resource
  })

function* placesOf(value: object): Generator<readonly [object, string]> {
  for (const [key, inner] of Object.entries(value)) {
    yield [value, key]
    if (typeof inner === 'object' && inner !== null) yield* placesOf(inner)
  }
}

test('a resource that is damaged in any place gives issues and no exception', () => {
  fc.assert(
    fc.property(damaged, resource => {
      const issues = validator.validate(resource)
      for (const { code, text, severity } of issues)
        assert.ok(code !== undefined && text !== '' && severity !== undefined)
      formatJson(operationOutcome(issues))
    }),
    { numRuns: 3000 },
  )
})

test('a resource that is damaged in any place is written and read as XML, or refused with an issue', () => {
  fc.assert(
    fc.property(damaged, resource => {
      const written = xml.format(resource)
      if (!written.ok) assert.ok(written.issues.length > 0)
      else if (!xml.parse(written.value).ok) assert.fail(`what was written cannot be read: ${written.value}`)
    }),
    { numRuns: 1000 },
  )
})

test('parts of a resource that is damaged in any place are made without an exception', () => {
  fc.assert(
    fc.property(damaged, fc.constantFrom('true' as const, 'text' as const, 'data' as const), (resource, mode) => {
      subsetter.summary(resource, mode)
      subsetter.elements(resource, ['name', 'Observation.code'])
    }),
    { numRuns: 500 },
  )
})

test('XML that is damaged in any place is read or refused, and no exception is thrown', () => {
  const written = xml.format(fixture('resources/patient'))
  assert.ok(written.ok)
  const text = written.value
  fc.assert(
    fc.property(
      fc.nat(text.length),
      fc.nat(20),
      fc.constantFrom('', '<', '>', '"', '&', '</Patient>', '<div>', '\0', '<!--', ']]>'),
      (at, gone, put) => {
        const read = xml.parse(text.slice(0, at) + put + text.slice(at + gone))
        if (!read.ok) assert.ok(read.issues.length > 0)
      },
    ),
    { numRuns: 2000 },
  )
})

test('JSON that is damaged in any place is read or refused with its place', () => {
  const text = formatJson(fixture('resources/lab-result'))
  fc.assert(
    fc.property(
      fc.nat(text.length),
      fc.nat(5),
      fc.constantFrom('', '{', '}', '"', ',', ':', '\\', '1.50', '\u0001'),
      (at, gone, put) => {
        const read = parseJson(text.slice(0, at) + put + text.slice(at + gone))
        if (!read.ok) assert.ok(read.issues[0]?.position !== undefined)
      },
    ),
    { numRuns: 3000 },
  )
})
