import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatJson, parseJson } from '@samband/fhir'
import { parse } from '@samband/hl7v2'
import { toFhir } from '../src/index.ts'
import { GUIDE_FOLDER } from './generate.ts'
import { compareTriples, type Score, triplesOf } from './triples.ts'

export interface PairScore extends Score {
  readonly name: string
}

/** Extensions that are these projects' own are no part of the map that is compared. */
const PRIVATE = /reportstream\.cdc\.gov|ibm\.com/

/** The pairs of messages and Bundles that are here: by whose map, and what this map makes of them. */
export function scorePairs(): PairScore[] {
  const scores: PairScore[] = []
  for (const folder of ['google-raw', 'prime']) {
    const at = join(GUIDE_FOLDER, 'pairs', folder)
    if (!existsSync(at)) continue
    for (const file of readdirSync(at)
      .filter(name => name.endsWith('.hl7'))
      .sort()) {
      const expected = [`${file}.fhir.output.json`, file.replace(/hl7$/, 'fhir')]
        .map(name => join(at, name))
        .find(existsSync)
      if (expected !== undefined) scores.push({ name: `${folder}/${file}`, ...scorePair(join(at, file), expected) })
    }
  }
  return scores
}

function scorePair(messagePath: string, bundlePath: string): Score {
  const message = parse(readFileSync(messagePath))
  const bundle = parseJson(formatJson(readJson(bundlePath)))
  if (!message.ok || !bundle.ok) throw new Error(`${messagePath} cannot be read`)
  const made = toFhir(message.message, { zone: 'Z' }).bundle.entry.map(({ resource }) => resource)
  return compareTriples(triplesOf(resourcesOf(bundle.value as object)), triplesOf(made))
}

function readJson(path: string): Parameters<typeof formatJson>[0] {
  const read = parseJson(readFileSync(path))
  if (!read.ok) throw new Error(`${path} is no FHIR JSON`)
  return read.value
}

function resourcesOf(bundle: object): Record<string, unknown>[] {
  const { entry = [] } = bundle as { entry?: { resource?: Record<string, unknown> }[] }
  return entry.flatMap(({ resource }) =>
    resource === undefined ? [] : [withoutPrivate(resource) as Record<string, unknown>],
  )
}

function withoutPrivate(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).filter(item => !isPrivate(item)).map(withoutPrivate)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutPrivate(item)]))
}

function isPrivate(item: unknown): boolean {
  if (typeof item !== 'object' || item === null || !('url' in item)) return false
  return PRIVATE.test(String(item.url))
}
