import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSearchParameters, loadTypes } from '@samband/fhir/definitions'
import { formatSearch, parseSearch, SearchParameters } from '@samband/fhir/search'
import { impliedCriteria } from './implied-criteria.ts'

const parameters = new SearchParameters(await loadSearchParameters(), (await loadTypes()).resourceTypes())

function implied(text: string, resourceType = 'Observation'): string {
  const { query, issues } = parseSearch(text, { parameters, resourceType })
  assert.deepEqual(issues, [])
  const criteria = impliedCriteria(resourceType, query.criteria)
  return decodeURIComponent(formatSearch({ ...query, criteria }, true))
}

test('a code and a quantity are what is looked for beside each other', () => {
  assert.equal(
    implied('code=http://loinc.org|718-7&value-quantity=gt5'),
    'code-value-quantity=http://loinc.org|718-7$gt5',
  )
})

test('alternatives are combined, each with each', () => {
  assert.equal(implied('code=a,b&value-quantity=1,2'), 'code-value-quantity=a$1,a$2,b$1,b$2')
})

test('nothing follows where one of them is missing, is said twice, is negated, or names no code', () => {
  for (const text of [
    'code=a',
    'value-quantity=1',
    'code=a&code=b&value-quantity=1',
    'code:not=a&value-quantity=1',
    'code=a&value-quantity=ne1',
    'code=a,http://loinc.org|&value-quantity=1',
    'code=a,b,c,d&value-quantity=1,2,3',
  ]) {
    assert.equal(implied(text), '', text)
  }
})
