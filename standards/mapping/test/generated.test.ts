import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { GUIDE_FOLDER, staleFiles } from '../scripts/generate.ts'
import { parseCondition } from '../src/index.ts'
import { GUIDE_DATA_TYPES } from '../src/generated/datatypes.ts'
import { GUIDE_MESSAGES } from '../src/generated/messages.ts'
import { GUIDE_SEGMENTS } from '../src/generated/segments.ts'

const skip = existsSync(GUIDE_FOLDER) ? false : 'the CSV maps of the guide are not here'

test('the generated tables are what the generator makes of the sheets', { skip }, async () => {
  assert.deepEqual(await staleFiles(), [])
})

/** Conditions of the guide that no grammar can read, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  'IF CX.4 IN http://hl7.org/implement/standards/fhir/identifier-registry.html':
    'the registry is a page: settings name systems',
  'IF NOT EQUAL TO "="': 'no operator of the grammar; SN is converted by code',
  'IF XCN.19 NOT VALUED XCN.20 NOT VALUED': 'an operator between the two is missing',
}

test('every condition of the guide is read, but for those that are listed', () => {
  const conditions = new Set<string>()
  for (const tables of [GUIDE_SEGMENTS, GUIDE_DATA_TYPES]) {
    for (const rows of Object.values(tables)) for (const [, when] of rows) if (when !== '') conditions.add(when)
  }
  for (const { rows } of Object.values(GUIDE_MESSAGES))
    for (const [, when] of rows) if (when !== '') conditions.add(when)
  const refused = [...conditions].filter(text => !parseCondition(text).ok)
  assert.deepEqual(refused.sort(), Object.keys(REFUSED).sort())
  assert.ok(conditions.size > 200)
})
