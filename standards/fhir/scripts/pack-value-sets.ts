import { isObject, type JsonObject, objects, stringOf, strings, textOf } from './json-resource.ts'

/** A code has no leading, trailing or repeated white space (FHIR R4 datatypes.html#code), so two spaces are never inside one. */
const CODE_SEPARATOR = '  '

interface System {
  readonly isComplete: boolean
  readonly isCaseSensitive: boolean
  /** Every code, parents before children, with the codes above it. */
  readonly ancestors: ReadonlyMap<string, readonly string[]>
  readonly concepts: ReadonlyMap<string, JsonObject>
}

/** What a value set takes of one system: listed codes, all of them, or what cannot be told from the definitions alone. */
type Part = { readonly system: string; readonly codes: ReadonlySet<string> | 'all' | 'unknown' }

/** The lines of `value-sets.json`: the value sets that elements are bound to, and every system that the standard lists completely. */
export function packValueSets(
  structures: readonly JsonObject[],
  valueSets: readonly JsonObject[],
  codeSystems: readonly JsonObject[],
): { valueSets: string[]; codeSystems: string[] } {
  const systems = new Map(codeSystems.map(system => [textOf(system, 'url'), readSystem(system)]))
  const sets = new Map(valueSets.map(set => [textOf(set, 'url'), set]))
  const lines: string[] = []
  for (const url of boundValueSets(structures)) {
    const set = sets.get(url)
    if (set === undefined) continue
    const parts = merged(partsOf(set, { systems, sets, depth: 0 }))
    const columns = parts.map(({ system, codes }) => {
      if (codes === 'unknown') return `${system}|?`
      if (codes === 'all') {
        return `${system}|*`
      }
      return `${system}|${[...codes].join(CODE_SEPARATOR)}`
    })
    lines.push([url, ...columns].join('\t'))
  }
  const complete = [...systems].filter(([, system]) => system.isComplete && system.ancestors.size > 0)
  const wholeLines = complete.map(([url, system]) => {
    return `${url}\t${system.isCaseSensitive ? 's' : 'i'}\t${[...system.ancestors.keys()].join(CODE_SEPARATOR)}`
  })
  return { valueSets: lines, codeSystems: wholeLines }
}

/** Bindings that a validator must look at: required, extensible, and the largest value set that a preferred binding allows. */
function boundValueSets(structures: readonly JsonObject[]): string[] {
  const found = new Set<string>()
  for (const structure of structures) {
    const snapshot = structure['snapshot']
    for (const element of isObject(snapshot) ? objects(snapshot['element']) : []) {
      const binding = element['binding']
      if (!isObject(binding)) continue
      const largest = objects(binding['extension']).map(extension => stringOf(extension['valueCanonical']))
      const own = ['required', 'extensible'].includes(String(binding['strength']))
        ? [stringOf(binding['valueSet'])]
        : []
      for (const url of [...own, ...largest]) if (url !== undefined) found.add(url.replace(/\|.*$/, ''))
    }
  }
  return [...found].sort()
}

function readSystem(resource: JsonObject): System {
  const ancestors = new Map<string, readonly string[]>()
  const concepts = new Map<string, JsonObject>()
  const visit = (concept: JsonObject, above: readonly string[]): void => {
    const code = textOf(concept, 'code')
    ancestors.set(code, above)
    concepts.set(code, concept)
    for (const child of objects(concept['concept'])) visit(child, [...above, code])
  }
  for (const concept of objects(resource['concept'])) visit(concept, [])
  return {
    isComplete: resource['content'] === 'complete',
    isCaseSensitive: resource['caseSensitive'] !== false,
    ancestors,
    concepts,
  }
}

interface Context {
  readonly systems: ReadonlyMap<string, System>
  readonly sets: ReadonlyMap<string, JsonObject>
  readonly depth: number
}

function partsOf(set: JsonObject, context: Context): Part[] {
  if (context.depth > 10) throw new Error(`${textOf(set, 'url')} imports itself`)
  const compose = set['compose']
  if (!isObject(compose)) return [{ system: '*', codes: 'unknown' }]
  const included = merged(objects(compose['include']).flatMap(include => included1(include, context)))
  const excluded = merged(objects(compose['exclude']).flatMap(exclude => included1(exclude, context)))
  return included.map(part =>
    without(
      part,
      excluded.find(other => other.system === part.system),
      context,
    ),
  )
}

function included1(include: JsonObject, context: Context): Part[] {
  const system = stringOf(include['system'])
  const imports = strings(include['valueSet']).map(canonical => {
    const set = context.sets.get(canonical.replace(/\|.*$/, ''))
    return set === undefined ? undefined : partsOf(set, { ...context, depth: context.depth + 1 })
  })
  if (imports.some(parts => parts === undefined)) return [{ system: system ?? '*', codes: 'unknown' }]
  if (system === undefined) {
    if (imports.length !== 1) return [{ system: '*', codes: 'unknown' }]
    return imports[0] ?? []
  }
  if (imports.length > 0) return [{ system, codes: 'unknown' }]
  return [{ system, codes: codesOf(system, include, context) }]
}

function codesOf(url: string, include: JsonObject, context: Context): Part['codes'] {
  const listed = objects(include['concept']).map(concept => textOf(concept, 'code'))
  if (listed.length > 0) return new Set(listed)
  const filters = objects(include['filter'])
  if (filters.length === 0) return 'all'
  const system = context.systems.get(url)
  if (system?.isComplete !== true) return 'unknown'
  let codes: string[] | undefined = [...system.ancestors.keys()]
  for (const filter of filters) codes = codes === undefined ? undefined : filtered(codes, filter, system)
  return codes === undefined ? 'unknown' : new Set(codes)
}

function filtered(codes: readonly string[], filter: JsonObject, system: System): string[] | undefined {
  const value = textOf(filter, 'value')
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

function without(part: Part, excluded: Part | undefined, context: Context): Part {
  if (excluded === undefined || part.codes === 'unknown') return part
  if (excluded.codes === 'all') return { system: part.system, codes: new Set() }
  if (excluded.codes === 'unknown') return { system: part.system, codes: 'unknown' }
  const system = context.systems.get(part.system)
  if (part.codes === 'all' && system?.isComplete !== true) return { system: part.system, codes: 'unknown' }
  const all = part.codes === 'all' ? [...(system?.ancestors.keys() ?? [])] : [...part.codes]
  const gone = excluded.codes
  return { system: part.system, codes: new Set(all.filter(code => !gone.has(code))) }
}

/** One part per system. */
function merged(parts: readonly Part[]): Part[] {
  const bySystem = new Map<string, Part>()
  for (const part of parts) {
    const other = bySystem.get(part.system)
    bySystem.set(part.system, other === undefined ? part : union(other, part))
  }
  return [...bySystem.values()]
}

function union(a: Part, b: Part): Part {
  if (a.codes === 'all' || b.codes === 'all') return { system: a.system, codes: 'all' }
  if (a.codes === 'unknown' || b.codes === 'unknown') return { system: a.system, codes: 'unknown' }
  return { system: a.system, codes: new Set([...a.codes, ...b.codes]) }
}
