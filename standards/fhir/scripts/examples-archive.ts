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

/** Whether a file is an example, and not the standard's list of its own parts or one of its Bundles of all definitions. */
export function isInstance(name: string): boolean {
  return !name.startsWith('ig-') && !isBundleOfDefinitions(name)
}

const DEFINITION_BUNDLES = new Set(
  ['conceptmaps', 'dataelements', 'extensions', 'profiles-others', 'resources', 'searchParams', 'types'].concat([
    'v2-valuesets',
    'v3-valuesets',
    'valueset-expansions',
    'valuesets',
  ]),
)

function isBundleOfDefinitions(name: string): boolean {
  return name.startsWith('Bundle-') && DEFINITION_BUNDLES.has(name.slice('Bundle-'.length, -'.json'.length))
}
