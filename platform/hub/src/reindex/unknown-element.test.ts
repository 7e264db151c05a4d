import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSearchParameters, loadTypes } from '@samband/fhir/definitions'
import { modelFromStructureDefinitions } from '@samband/fhir/fhirpath'
import { unknownElement } from './unknown-element.ts'

const model = modelFromStructureDefinitions((await loadTypes()).types())

test("every element in the standard's own expressions is known", async () => {
  const wrong = (await loadSearchParameters()).filter(
    ({ expression }) => expression !== undefined && unknownElement(model, expression) !== undefined,
  )
  assert.deepEqual(
    wrong.map(({ url, expression }) => `${url}: ${expression}`),
    [],
  )
})

test('a slip is named with its path', () => {
  assert.equal(unknownElement(model, 'Patient.nmae.family'), 'Patient.nmae')
  assert.equal(unknownElement(model, 'Patient.name.family | (Patient.contact.nam.family)'), 'Patient.contact.nam')
  assert.equal(unknownElement(model, 'Patient.contact.where(relationship.exists()).name'), undefined)
  assert.equal(unknownElement(model, "Patient.extension.where(url = 'http://Patient.nothing').value"), undefined)
  assert.equal(unknownElement(model, 'Bundle.entry.resource.anything'), undefined)
})
