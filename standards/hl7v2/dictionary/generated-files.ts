import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { dataFile } from './emit-data.ts'
import { typeFiles } from './emit-types.ts'
import { readModels } from './read-models.ts'
import { modelOf } from './version-model.ts'

/** The generated files' texts by path below `src/generated`. */
export function generatedFiles(sourceFolder: string): ReadonlyMap<string, string> {
  const models = readModels(sourceFolder)
  const files = new Map<string, string>()
  for (const version of HL7_VERSIONS) files.set(`data/v${version}.ts`, dataFile(modelOf(models, version), models))
  for (const [path, text] of typeFiles(models)) files.set(`types/${path}`, text)
  return files
}
