import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readTar } from '../src/packages/tar.ts'

export const EXAMPLES_PACKAGE = 'hl7.fhir.r4.examples@4.0.1'

export const cacheFolder: string = join(dirname(import.meta.dirname), '.cache')

/** A file of another place than the cache may be named, so that a machine keeps one copy for all its checkouts. */
const archivePath = process.env['SAMBAND_TEST_FHIR_EXAMPLES'] ?? join(cacheFolder, 'hl7.fhir.r4.examples-4.0.1.tgz')

export const examplesMissing: string | false = existsSync(archivePath)
  ? false
  : 'hl7.fhir.r4.examples is not here: npm run fetch-examples -w standards/fhir'

/** The JSON files of HL7's package of examples, which has every definition too: path without folder, and text. */
export function* exampleFiles(
  select: (name: string) => boolean = () => true,
): Generator<{ name: string; text: string }> {
  for (const { path, bytes } of readTar(gunzipSync(readFileSync(archivePath)))) {
    const name = path.replace(/^package\//, '')
    if (!name.endsWith('.json') || name === 'package.json' || name.includes('/') || !select(name)) continue
    yield { name, text: new TextDecoder().decode(bytes) }
  }
}
