import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { readModels } from './read-models.ts'
import { repairs } from './repairs.ts'

const sourceFolder = join(import.meta.dirname, '../../../../shared/data/hl7v2/dictionary')
const skip = existsSync(sourceFolder) ? false : `no sources at ${sourceFolder}`

test('every repair has a name of its own, a reason and a source', () => {
  assert.equal(new Set(repairs.map(({ id }) => id)).size, repairs.length)
  for (const { id, reason, source, versions } of repairs) {
    assert.match(id, /^[a-z0-9.-]+$/)
    assert.ok(reason.length > 20, id)
    assert.ok(source.length > 2, id)
    assert.ok(versions.length > 0, id)
  }
})

test('every repair still changes something', { skip }, () => {
  // applyRepairs throws for one that does not.
  assert.equal(readModels(sourceFolder).size, HL7_VERSIONS.length)
})

test('the sources without repairs have the defects that the repairs tell of', { skip }, async () => {
  const { readJsonVersion } = await import('./read-json-version.ts')
  const raw = readJsonVersion(sourceFolder, '2.5.1')
  assert.equal(raw.segments.get('OBX')?.fields.length, 22)
  assert.equal(readJsonVersion(sourceFolder, '2.7.1').structures.size, 0)
  assert.equal(readJsonVersion(sourceFolder, '2.7').dataTypes.get('XPN')?.components[5]?.name, 'Name Type Code')
})
