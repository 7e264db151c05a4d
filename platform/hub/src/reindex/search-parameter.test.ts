import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SearchParameter } from '@samband/fhir/definitions'
import { indexingOf } from './search-parameter.ts'

const definition = (expression: string, more: Partial<SearchParameter> = {}): SearchParameter => ({
  resourceType: 'SearchParameter',
  url: 'https://fhir.example.org/SearchParameter/x',
  code: 'x',
  base: ['Patient'],
  type: 'string',
  expression,
  ...more,
})

const same = (one: SearchParameter, other: SearchParameter): boolean =>
  indexingOf(one, 'Patient') === indexingOf(other, 'Patient')

test('what is about other types, and the order of branches, does not change how a type is indexed', () => {
  assert.ok(same(definition('Patient.name | Person.name'), definition('Patient.name')))
  assert.ok(same(definition('(Patient.a as x) | name'), definition('name |  (Patient.a  as x)')))
  assert.ok(same(definition('Patient.name', { target: ['Patient'] }), definition('Patient.name')))
})

test('another path, type or text in a string changes it', () => {
  assert.ok(!same(definition('Patient.name'), definition('Patient.contact.name')))
  assert.ok(!same(definition('Patient.name'), definition('Patient.name', { type: 'token' })))
  const url = (value: string): SearchParameter => definition(`Patient.extension.where(url = '${value}').value`)
  assert.ok(!same(url('a|b'), url('a')))
})
