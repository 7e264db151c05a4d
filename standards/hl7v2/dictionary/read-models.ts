import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { applyRepairs } from './apply-repairs.ts'
import { readJsonVersion } from './read-json-version.ts'
import { readStructureDefinitions } from './read-structure-definitions.ts'
import type { Models } from './version-model.ts'

/** All versions as the sources have them, repaired and completed. */
export function readModels(sourceFolder: string): Models {
  const models: Models = new Map(
    HL7_VERSIONS.map(version => [
      version,
      version === '2.9' ? readStructureDefinitions(sourceFolder) : readJsonVersion(sourceFolder, version),
    ]),
  )
  applyRepairs(models)
  return models
}
