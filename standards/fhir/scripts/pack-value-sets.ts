import { type ListedSystem, listedSystem } from '../src/terminology/listed-system.ts'
import { valueSetParts } from '../src/terminology/value-set-parts.ts'
import { isObject, type JsonObject, objects, stringOf, textOf } from './json-resource.ts'

/** A code has no leading, trailing or repeated white space (FHIR R4 datatypes.html#code), so two spaces are never inside one. */
const CODE_SEPARATOR = '  '

/** The lines of `value-sets.json`: the value sets that elements are bound to, and every system that the standard lists completely. */
export function packValueSets(
  structures: readonly JsonObject[],
  valueSets: readonly JsonObject[],
  codeSystems: readonly JsonObject[],
): { valueSets: string[]; codeSystems: string[] } {
  const systems = new Map<string, ListedSystem>()
  for (const resource of codeSystems) {
    const system = listedSystem(resource)
    if (system !== undefined) systems.set(system.url, system)
  }
  const sets = new Map(valueSets.map(set => [textOf(set, 'url'), set]))
  const source = {
    system: (url: string) => systems.get(url),
    valueSet: (canonical: string) => sets.get(canonical.replace(/\|.*$/, '')),
  }
  const lines: string[] = []
  for (const url of boundValueSets(structures)) {
    const set = sets.get(url)
    if (set === undefined) continue
    const columns = valueSetParts(set, source).map(({ system, codes }) => {
      if (codes === 'unknown') return `${system}|?`
      return codes === 'all' ? `${system}|*` : `${system}|${[...codes].join(CODE_SEPARATOR)}`
    })
    lines.push([url, ...columns].join('\t'))
  }
  const complete = [...systems.values()].filter(({ isComplete, ancestors }) => isComplete && ancestors.size > 0)
  return {
    valueSets: lines,
    codeSystems: complete.map(({ url, isCaseSensitive, ancestors }) => {
      return `${url}\t${isCaseSensitive ? 's' : 'i'}\t${[...ancestors.keys()].join(CODE_SEPARATOR)}`
    }),
  }
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
