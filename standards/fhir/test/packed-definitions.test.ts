import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { examplesMissing } from '../scripts/examples-archive.ts'
import {
  loadCompartments,
  loadDefinitions,
  loadOperations,
  loadSearchParameters,
  loadTypes,
  loadValueSets,
} from '../src/definitions/index.ts'

test('the checked-in definitions and types are what the generator makes', { skip: examplesMissing }, () => {
  const generator = join(import.meta.dirname, '../scripts/generate.ts')
  const output = execFileSync(process.execPath, [generator, '--check'], { encoding: 'utf8' })
  assert.equal(output, '')
})

test('every resource type and data type of R4 is there', async () => {
  const types = await loadTypes()
  const all = [...types.types()]
  const resources = types.resourceTypes()
  assert.equal(resources.length, 146)
  assert.equal(all.filter(({ kind }) => kind === 'primitive-type').length, 20)
  assert.equal(all.filter(({ kind, abstract }) => kind === 'complex-type' && !abstract).length, 39)
  assert.ok(types.isResourceType('Patient'))
  assert.equal(types.isResourceType('DomainResource'), false)
  assert.equal(types.isResourceType('HumanName'), false)
  assert.equal(types.isResourceType('toString'), false)
})

test('an element is unpacked with all that rules need', async () => {
  const types = await loadTypes()
  const status = types.type('Observation')?.snapshot?.element.find(({ path }) => path === 'Observation.status')
  assert.deepEqual(
    {
      ...status,
      constraint: status?.constraint?.map(({ key }) => key),
      binding: { ...status?.binding, extension: undefined },
    },
    {
      id: 'Observation.status',
      path: 'Observation.status',
      short: 'registered | preliminary | final | amended +',
      min: 1,
      max: '1',
      base: { path: 'Observation.status', min: 1, max: '1' },
      type: [{ code: 'code' }],
      constraint: ['ele-1'],
      isModifier: true,
      isSummary: true,
      binding: {
        strength: 'required',
        valueSet: 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1',
        extension: undefined,
      },
    },
  )
})

test('a definition of another version is not this one', async () => {
  const all = await loadDefinitions()
  const url = 'http://hl7.org/fhir/StructureDefinition/Patient'
  assert.equal(all.structure(`${url}|4.0.1`)?.type, 'Patient')
  assert.equal(all.structure(`${url}|4.0`)?.type, 'Patient')
  assert.equal(all.structure(`${url}|5.0.0`), undefined)
  assert.equal(all.structure('http://hl7.org/fhir/StructureDefinition/bp')?.derivation, 'constraint')
  assert.equal((await loadTypes()).structure('http://hl7.org/fhir/StructureDefinition/bp'), undefined)
})

test('search parameters, operations and compartments are there', async () => {
  const parameters = await loadSearchParameters()
  const birthdate = parameters.find(({ url }) => url === 'http://hl7.org/fhir/SearchParameter/individual-birthdate')
  assert.equal(birthdate?.expression, 'Patient.birthDate | Person.birthDate | RelatedPerson.birthDate')
  const everything = (await loadOperations()).find(
    ({ code, resource }) => code === 'everything' && resource?.includes('Patient') === true,
  )
  assert.ok(everything?.instance)
  const patient = (await loadCompartments()).find(({ code }) => code === 'Patient')
  assert.deepEqual(patient?.resource.find(({ code }) => code === 'Observation')?.param, ['subject', 'performer'])
})

const url = (name: string): string => `http://hl7.org/fhir/ValueSet/${name}`

test('codes are in their value sets, and others are not', async () => {
  const sets = await loadValueSets()
  const gender = 'http://hl7.org/fhir/administrative-gender'
  assert.equal(sets.contains(url('administrative-gender|4.0.1'), gender, 'female'), 'yes')
  assert.equal(sets.contains(url('administrative-gender'), gender, 'Female'), 'no')
  assert.equal(sets.contains(url('administrative-gender'), 'http://x.example', 'female'), 'no')
  assert.equal(sets.contains(url('administrative-gender'), undefined, 'female'), 'yes')
  assert.equal(sets.contains(url('no-such'), gender, 'female'), 'unknown')
  // By a hierarchy, by a grammar, and where a system of others would have to be asked.
  const act = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
  assert.equal(sets.contains('http://terminology.hl7.org/ValueSet/v3-PurposeOfUse', act, 'TREAT'), 'yes')
  assert.equal(sets.contains('http://terminology.hl7.org/ValueSet/v3-PurposeOfUse', act, 'ADMREV'), 'no')
  assert.equal(sets.contains(url('all-languages'), 'urn:ietf:bcp:47', 'nn-NO'), 'yes')
  assert.equal(sets.contains(url('all-languages'), 'urn:ietf:bcp:47', 'norsk språk'), 'no')
  assert.equal(sets.contains(url('ucum-units'), 'http://unitsofmeasure.org', 'mg'), 'unknown')
})
