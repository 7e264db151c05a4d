import { loadTypes } from '@samband/fhir/definitions'
import type { SearchParameters } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'

/** What the definition of a parameter tells of its values on a type. What cannot be read off it is the less helpful answer. */
export type ParameterFacts = {
  /** A resource has at most one value: `date=ge2026-01&date=lt2026-02` is one range of an index, not two halves of it. */
  readonly isSingle: boolean
  /** All its tokens name their system, or have none: no code fits every system that is asked for. */
  readonly hasSystems: boolean
  /** All its references are canonical addresses, which lead to no resource of the server by themselves. */
  readonly isCanonical: boolean
}

const known = new WeakMap<SearchParameters, Map<string, ParameterFacts>>()

/** Read off the expression and the elements that it names; once for each set of parameters. */
export async function factsOf(context: HubContext, type: string, code: string): Promise<ParameterFacts> {
  const parameters = context.searchParameters()
  let facts = known.get(parameters)
  if (facts === undefined) known.set(parameters, (facts = new Map()))
  const key = `${type} ${code}`
  const found = facts.get(key)
  if (found !== undefined) return found
  const read = await readFacts(type, parameters.find(type, code)?.expression)
  facts.set(key, read)
  return read
}

const withSystems: ReadonlySet<string> = new Set(['CodeableConcept', 'Coding', 'Identifier'])

async function readFacts(type: string, expression: string | undefined): Promise<ParameterFacts> {
  const parts = (expression ?? '').split('|').map(part => part.trim().replace(/^\((.*)\)$/, '$1'))
  const own = parts.filter(part => new RegExp(`\\b${type}\\b`).test(part))
  const paths = own.map(pathOf)
  const ofAll = parts.some(part => /\b(Resource|DomainResource)\b/.test(part))
  if (own.length === 0 || ofAll || paths.includes(undefined))
    return { isSingle: false, hasSystems: false, isCanonical: false }
  const elements = await elementsOf(type)
  const steps = (path: string): readonly string[] =>
    path.split('.').map((_, index, all) => all.slice(0, index + 1).join('.'))
  const [only] = paths
  const everyType = (test: (type: string) => boolean): boolean =>
    paths.every(path => {
      const types = elements.get(path ?? '')?.types ?? []
      return types.length > 0 && types.every(test)
    })
  return {
    // A choice of types may be named once for each.
    isSingle:
      new Set(paths).size === 1 &&
      steps(only ?? '')
        .slice(1)
        .every(step => elements.get(step)?.max === '1'),
    hasSystems: everyType(each => withSystems.has(each)),
    isCanonical: everyType(each => each === 'canonical'),
  }
}

/** 'Observation.value' of `Observation.value as Quantity`; undefined for what is more than a path. */
function pathOf(part: string): string | undefined {
  const path = part.replace(/ as [A-Za-z]+$/, '').replace(/\.(as|ofType)\([A-Za-z]+\)$/, '')
  return /^[A-Z][A-Za-z]+(\.[a-z][A-Za-z]*)+$/.test(path) ? path : undefined
}

type Element = { readonly max: string; readonly types: readonly string[] }

async function elementsOf(type: string): Promise<ReadonlyMap<string, Element>> {
  const elements = new Map<string, Element>()
  for (const structure of (await loadTypes()).types()) {
    if (structure.type !== type) continue
    for (const { path, max = '*', type: types = [] } of structure.snapshot?.element ?? []) {
      elements.set(path.replace(/\[x\]$/, ''), { max, types: types.map(({ code }) => code) })
    }
  }
  return elements
}
