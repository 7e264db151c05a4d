import { loadTypes } from '@samband/fhir/definitions'
import type { SearchParameters } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'

const known = new WeakMap<SearchParameters, Map<string, boolean>>()

/**
 * Whether a resource of the type has at most one value of a parameter: then `date=ge2026-01&date=lt2026-02` is one range of
 * an index instead of two halves of it. Read off the expression and the cardinalities; what is not plain counts as several.
 */
export async function isSingle(context: HubContext, type: string, code: string): Promise<boolean> {
  const parameters = context.searchParameters()
  const cache = known.get(parameters) ?? new Map<string, boolean>()
  known.set(parameters, cache)
  const key = `${type} ${code}`
  const found = cache.get(key)
  if (found !== undefined) return found
  const single = await read(type, parameters.find(type, code)?.expression)
  if (cache.size < 10_000) cache.set(key, single)
  return single
}

async function read(type: string, expression: string | undefined): Promise<boolean> {
  const parts = (expression ?? '').split('|').map(part => part.trim().replace(/^\((.*)\)$/, '$1'))
  const own = parts.filter(part => part.startsWith(`${type}.`))
  const [path] = own
  if (path === undefined || own.length > 1 || parts.some(part => /^(Resource|DomainResource)\./.test(part)))
    return false
  const plain = path.replace(/ as [A-Za-z]+$/, '').replace(/\.(as|ofType)\([A-Za-z]+\)$/, '')
  if (!/^[A-Za-z.]+$/.test(plain)) return false
  const types = await loadTypes()
  const elements = new Map<string, string>()
  for (const each of types.types()) {
    if (each.type !== type) continue
    for (const element of each.snapshot?.element ?? [])
      elements.set(element.path.replace(/\[x\]$/, ''), element.max ?? '*')
  }
  const steps = plain.split('.')
  return steps.slice(1).every((_, index) => elements.get(steps.slice(0, index + 2).join('.')) === '1')
}
