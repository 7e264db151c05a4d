import { isNode, type JsonNode, listOf, textAt } from '../validation/json-node.ts'
import type { ListedSystem } from './listed-system.ts'

/** What a value set takes of one system: listed codes, all of them, or what cannot be told from the definitions alone. */
export interface ValueSetPart {
  /** `*` where not even the system can be told. */
  readonly system: string
  readonly codes: ReadonlySet<string> | 'all' | 'unknown'
}

/** Where the systems and value sets are found that a value set is made of. */
export interface CompositionSource {
  system(url: string): ListedSystem | undefined
  valueSet(canonical: string): JsonNode | undefined
}

/** How many value sets may be imported inside each other. */
const IMPORT_DEPTH_MAX = 10

const UNKNOWN: readonly ValueSetPart[] = [{ system: '*', codes: 'unknown' }]

/**
 * What a value set's `compose` says, one part per system (FHIR R4 valueset.html#compositions): listed concepts, whole systems, hierarchy
 * filters over systems that are listed completely, imports and exclusions. What it says otherwise is `unknown`, and never guessed.
 */
export function valueSetParts(set: JsonNode, source: CompositionSource, depth = 0): readonly ValueSetPart[] {
  const { compose } = set
  if (!isNode(compose) || depth > IMPORT_DEPTH_MAX) return UNKNOWN
  const partsOf = (key: string): ValueSetPart[] => {
    return listOf(compose[key])
      .filter(isNode)
      .flatMap(include => includedParts(include, source, depth))
  }
  const excluded = merged(partsOf('exclude'))
  if (excluded.some(({ system }) => system === '*')) return UNKNOWN
  return merged(partsOf('include')).map(part => {
    return without(
      part,
      excluded.find(other => other.system === part.system),
      source,
    )
  })
}

function includedParts(include: JsonNode, source: CompositionSource, depth: number): readonly ValueSetPart[] {
  const system = textAt(include, 'system')
  const imports = listOf(include['valueSet']).filter(canonical => typeof canonical === 'string')
  const [only, ...others] = imports
  if (only === undefined)
    return system === undefined ? UNKNOWN : [{ system, codes: includedCodes(system, include, source) }]
  // Several imports mean what all of them have, and a system beside them what both have: nobody writes it, so nobody is told.
  if (system !== undefined || others.length > 0) return [{ system: system ?? '*', codes: 'unknown' }]
  const set = source.valueSet(only)
  return set === undefined ? UNKNOWN : valueSetParts(set, source, depth + 1)
}

function includedCodes(url: string, include: JsonNode, source: CompositionSource): ValueSetPart['codes'] {
  const concepts = listOf(include['concept']).filter(isNode)
  if (concepts.length > 0) return new Set(concepts.map(concept => textAt(concept, 'code') ?? ''))
  const filters = listOf(include['filter']).filter(isNode)
  if (filters.length === 0) return 'all'
  const system = source.system(url)
  if (system?.isComplete !== true) return 'unknown'
  let codes: string[] | undefined = [...system.ancestors.keys()]
  for (const filter of filters) codes = codes === undefined ? undefined : filtered(codes, filter, system)
  return codes === undefined ? 'unknown' : new Set(codes)
}

function filtered(codes: readonly string[], filter: JsonNode, system: ListedSystem): string[] | undefined {
  const value = textAt(filter, 'value') ?? ''
  const above = (code: string): readonly string[] => system.ancestors.get(code) ?? []
  if (filter['property'] !== 'concept') return undefined
  switch (filter['op']) {
    case 'is-a':
      return codes.filter(code => code === value || above(code).includes(value))
    case 'descendent-of':
      return codes.filter(code => above(code).includes(value))
    case 'is-not-a':
      return codes.filter(code => code !== value && !above(code).includes(value))
    default:
      return undefined
  }
}

function without(part: ValueSetPart, excluded: ValueSetPart | undefined, source: CompositionSource): ValueSetPart {
  const { system, codes } = part
  const gone = excluded?.codes
  if (gone === undefined || codes === 'unknown') return part
  if (gone === 'all') return { system, codes: new Set() }
  if (gone === 'unknown') return { system, codes: 'unknown' }
  const listed = source.system(system)
  if (codes === 'all' && listed?.isComplete !== true) return { system, codes: 'unknown' }
  const all = codes === 'all' ? [...(listed?.ancestors.keys() ?? [])] : [...codes]
  return { system, codes: new Set(all.filter(code => !gone.has(code))) }
}

/** One part per system. */
function merged(parts: readonly ValueSetPart[]): ValueSetPart[] {
  const bySystem = new Map<string, ValueSetPart>()
  for (const part of parts) {
    const other = bySystem.get(part.system)
    bySystem.set(part.system, other === undefined ? part : union(other, part))
  }
  return [...bySystem.values()]
}

function union(a: ValueSetPart, b: ValueSetPart): ValueSetPart {
  if (a.codes === 'all' || b.codes === 'all') return { system: a.system, codes: 'all' }
  if (a.codes === 'unknown' || b.codes === 'unknown') return { system: a.system, codes: 'unknown' }
  return { system: a.system, codes: new Set([...a.codes, ...b.codes]) }
}
