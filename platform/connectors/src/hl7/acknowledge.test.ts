import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acknowledgementCode } from './acknowledge.ts'

/** MSH-15, MSH-16, answer when stored, answer when the content is wrong, answer when the type is not taken. */
const table: readonly (readonly [string, string, string | undefined, string | undefined, string | undefined])[] = [
  ['', '', 'AA', 'AE', 'AR'],
  ['AL', '', 'CA', 'CE', 'CR'],
  ['AL', 'NE', 'CA', 'CE', 'CR'],
  ['AL', 'AL', 'CA', 'CE', 'CR'],
  ['ER', 'NE', undefined, 'CE', 'CR'],
  ['SU', 'NE', 'CA', undefined, undefined],
  ['NE', '', undefined, undefined, undefined],
  ['NE', 'NE', undefined, undefined, undefined],
  ['', 'NE', undefined, undefined, undefined],
  ['NE', 'AL', 'AA', 'AE', 'AR'],
  ['', 'AL', 'AA', 'AE', 'AR'],
  ['', 'ER', undefined, 'AE', 'AR'],
  ['NE', 'SU', 'AA', undefined, undefined],
  ['yes', '', 'CA', 'CE', 'CR'],
]

for (const [accept, application, stored, incorrect, unsupported] of table) {
  test(`MSH-15 "${accept}" and MSH-16 "${application}" get ${stored} when stored, ${incorrect} or ${unsupported} when not`, () => {
    const wish = { acceptAcknowledgement: accept, applicationAcknowledgement: application }
    assert.equal(acknowledgementCode(wish, 'as-asked', undefined), stored)
    assert.equal(acknowledgementCode(wish, 'as-asked', 'incorrect'), incorrect)
    assert.equal(acknowledgementCode(wish, 'as-asked', 'unsupported'), unsupported)
    const always = accept === '' || accept === 'NE' ? ['AA', 'AE', 'AR'] : ['CA', 'CE', 'CR']
    assert.deepEqual(
      ([undefined, 'incorrect', 'unsupported'] as const).map(failure => acknowledgementCode(wish, 'always', failure)),
      always,
    )
    assert.equal(acknowledgementCode(wish, 'original', undefined), 'AA')
    assert.equal(acknowledgementCode(wish, 'original', 'unavailable'), 'AE')
  })
}
