import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { requireShared } from '@samband/testing'
import type { ElementDefinition, StructureDefinition } from '../src/definitions/index.ts'
import { firstKnown, loadDefinitions } from '../src/definitions/index.ts'
import { parseJson } from '../src/index.ts'
import { FhirPackage, makeSnapshot, packageTerminology, readPackage, readTar } from '../src/packages/index.ts'
import { loadValidator } from '../src/validation/index.ts'

const standard = await loadDefinitions()

function usCore(path: string): FhirPackage {
  const read = readPackage(readFileSync(path), {
    gunzip: bytes => gunzipSync(bytes, { maxOutputLength: 512 * 1024 * 1024 }),
  })
  assert.ok(read.ok, JSON.stringify(read.issues))
  assert.deepEqual(read.issues, [])
  return read.value.dependOn(standard)
}

test('US Core is read from its package', t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const { manifest, ...guide } = { manifest: usCore(path).manifest, resources: usCore(path).resources() }
  assert.equal(`${manifest.name}#${manifest.version}`, 'hl7.fhir.us.core#6.1.0')
  assert.deepEqual(manifest.fhirVersions, ['4.0.1'])
  assert.equal(manifest.dependencies['hl7.terminology.r4'], '5.0.0')
  assert.equal(guide.resources.length, 210)
})

test('the examples of US Core hold its profiles', async t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const guide = usCore(path)
  const validator = await loadValidator({ definitions: [guide] })
  assert.equal(guide.examples().length, 183)
  for (const example of guide.examples()) {
    const errors = validator.validate(example).filter(({ severity }) => severity === 'error')
    assert.deepEqual(errors, [], `${example.resourceType}/${String(example['id'])}`)
  }
})

test('a profile of US Core is broken where it asks more than the standard', async t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const validator = await loadValidator({ definitions: [usCore(path)] })
  const profiles = ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient']
  const patient = { resourceType: 'Patient', identifier: [{ value: '1' }], name: [{ use: 'usual' }] }
  const found = validator.validate(patient, { profiles }).map(({ code, path, rule }) => [code, path, rule])
  assert.deepEqual(found, [
    ['element-missing', 'Patient.identifier[0].system', undefined],
    ['invariant-broken', 'Patient.name[0]', 'us-core-6'],
    ['element-missing', 'Patient.gender', undefined],
  ])
})

test('the value sets of US Core tell their codes', async t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const guide = usCore(path)
  const terminology = packageTerminology([guide])
  const status = 'http://hl7.org/fhir/us/core/ValueSet/us-core-observation-smoking-status-status'
  const system = 'http://hl7.org/fhir/observation-status'
  assert.equal(terminology.validateCode(system, 'final', status), 'yes')
  assert.equal(terminology.validateCode(system, 'amended', status), 'no')
  const validator = await loadValidator({ definitions: [guide], terminology })
  const smoker = guide.examples().find(({ id }) => id === 'some-day-smoker')
  assert.deepEqual(validator.validate(smoker), [])
  const found = validator.validate({ ...smoker, status: 'amended' }).map(({ code, path: at }) => [code, at])
  assert.deepEqual(found, [['code-not-bound', 'Observation.status']])
})

test('a value set of a guide is what its composition says', () => {
  const system = 'https://samband.example/CodeSystem/prøve'
  const codes = {
    resourceType: 'CodeSystem',
    url: system,
    content: 'complete',
    concept: [{ code: 'blod', concept: [{ code: 'venøst' }, { code: 'kapillært' }] }, { code: 'urin' }],
  }
  const set = (name: string, compose: object): { resourceType: 'ValueSet'; url: string; compose: object } => {
    return { resourceType: 'ValueSet', url: `https://samband.example/ValueSet/${name}`, compose }
  }
  const is = (op: string, value: string): object => ({ system, filter: [{ property: 'concept', op, value }] })
  const sets = [
    set('all', { include: [{ system }] }),
    set('below', { include: [is('descendent-of', 'blod')] }),
    set('blood', { include: [is('is-a', 'blod')], exclude: [{ system, concept: [{ code: 'kapillært' }] }] }),
    set('import', {
      include: [{ valueSet: ['https://samband.example/ValueSet/blood'] }, { system, concept: [{ code: 'urin' }] }],
    }),
    set('elsewhere', {
      include: [{ system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: '1' }] }],
    }),
    set('circle', { include: [{ valueSet: ['https://samband.example/ValueSet/circle'] }] }),
  ]
  const manifest = { name: 'samband.test', version: '1.0.0', fhirVersions: ['4.0.1'], dependencies: {} }
  const terminology = packageTerminology([new FhirPackage(manifest, [codes, ...sets])])
  const ask = (name: string, code: string): string =>
    terminology.validateCode(system, code, `https://samband.example/ValueSet/${name}`)
  const table = sets.map(({ url }) => {
    const name = url.slice(url.lastIndexOf('/') + 1)
    return [name, ...['blod', 'venøst', 'kapillært', 'urin', 'x'].map(code => ask(name, code))].join(' ')
  })
  assert.deepEqual(table, [
    'all yes yes yes yes no',
    'below no yes yes no no',
    'blood yes yes no no no',
    'import yes yes no yes no',
    'elsewhere no no no no no',
    'circle unknown unknown unknown unknown unknown',
  ])
  assert.equal(
    terminology.validateCode('http://snomed.info/sct', '1', 'https://samband.example/ValueSet/elsewhere'),
    'unknown',
  )
  assert.equal(ask('nowhere', 'blod'), 'unknown')
  assert.equal(terminology.hasCode?.(system, 'blod'), 'yes')
})

/** Where a snapshot made here differs from the published one, in what a validator reads; every difference is listed with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'us-core-questionnaireresponse': 'its base is in another package (SDC), which is not at hand',
  'us-core-provenance':
    'slices take the narrowed children of the sliced element, as newer publishers do; the published one takes those of the base',
}

test('snapshots made of the differentials of US Core are those that are published', t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const guide = usCore(path)
  const source = firstKnown([standard, guide])
  const different = guide
    .resources('StructureDefinition')
    .map(resource => resource as unknown as StructureDefinition)
    .filter(published => {
      const { snapshot, ...bare } = published
      const made = makeSnapshot(bare, source)
      if (!made.ok) return true
      assert.deepEqual(made.issues, [], published.url)
      return JSON.stringify(made.value.snapshot?.element.map(rules)) !== JSON.stringify(snapshot?.element.map(rules))
    })
  assert.deepEqual(new Set(different.map(({ id }) => id)), new Set(Object.keys(DIFFERENT)))
})

/** What of an element is a rule; the packed definitions of the standard have no prose to compare. */
function rules(element: ElementDefinition): unknown {
  const values = Object.entries(element).filter(([key]) => /^(fixed|pattern|minValue|maxValue)[A-Z]/.test(key))
  return [
    element.id,
    element.path,
    element.sliceName,
    element.slicing?.discriminator,
    element.slicing?.rules,
    element.min,
    element.max,
    element.base,
    element.contentReference,
    element.type?.map(({ code, profile, targetProfile }) => [code, profile, targetProfile]),
    element.maxLength,
    element.mustSupport === true,
    element.isModifier === true,
    element.isSummary === true,
    [element.binding?.strength, element.binding?.valueSet],
    element.constraint?.map(({ key }) => key).toSorted(),
    values,
  ]
}

test('the bundles of Synthea are valid', async t => {
  const path = requireShared(t, 'data/fhir-r4/synthea/synthea-bundles.tar.gz')
  if (path === undefined) return
  const validator = await loadValidator()
  let resources = 0
  for (const { path: name, bytes } of readTar(gunzipSync(readFileSync(path)))) {
    if (!name.endsWith('.json')) continue
    const parsed = parseJson(bytes)
    assert.ok(parsed.ok, name)
    resources += entriesOf(parsed.value)
    assert.deepEqual(
      validator.validate(parsed.value).filter(({ severity }) => severity === 'error'),
      [],
      name,
    )
  }
  assert.equal(resources, 15_786)
})

function entriesOf(bundle: unknown): number {
  const entry: unknown = typeof bundle === 'object' && bundle !== null ? Reflect.get(bundle, 'entry') : undefined
  return Array.isArray(entry) ? entry.length : 0
}

test('a package that is damaged is refused in words', () => {
  const gunzip = (bytes: Uint8Array): Uint8Array => gunzipSync(bytes)
  for (const archive of [new Uint8Array(0), new TextEncoder().encode('not gzip')]) {
    const read = readPackage(archive, { gunzip })
    assert.equal(read.ok, false)
    assert.equal(read.issues[0]?.code, 'package-invalid')
  }
  const cut = new Uint8Array(600).fill(0x61)
  cut.set(new TextEncoder().encode('00000077777'), 124)
  assert.equal(readPackage(cut, { gunzip: bytes => bytes }).ok, false)
})

test('a tar archive is read with its long names', t => {
  const name = `package/${'lang/'.repeat(30)}navn.json`
  let archive: Buffer
  try {
    archive = execFileSync('tar', ['--create', '--transform', `s|.*|${name}|`, import.meta.filename])
  } catch {
    t.skip('there is no GNU tar')
    return
  }
  const [entry] = [...readTar(archive)]
  assert.equal(entry?.path, name)
  assert.deepEqual(Buffer.from(entry?.bytes ?? []), readFileSync(import.meta.filename))
})
