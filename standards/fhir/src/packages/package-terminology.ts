import type { ListedSystem } from '../terminology/listed-system.ts'
import { listedSystem } from '../terminology/listed-system.ts'
import type { CompositionSource, ValueSetPart } from '../terminology/value-set-parts.ts'
import { valueSetParts } from '../terminology/value-set-parts.ts'
import type { CodeAnswer, TerminologyPort } from '../validation/ports.ts'
import type { FhirPackage } from './fhir-package.ts'

/**
 * The value sets and code systems of guides, as far as they list their codes. Systems that no guide lists are asked of `others` (the
 * standard's, a terminology server); what nobody knows is `unknown`.
 */
export function packageTerminology(packages: readonly FhirPackage[], others?: TerminologyPort): TerminologyPort {
  const systems = new Map<string, ListedSystem>()
  for (const resource of packages.flatMap(guide => guide.resources('CodeSystem'))) {
    const system = listedSystem(resource)
    if (system !== undefined) systems.set(system.url, system)
  }
  const source: CompositionSource = {
    system: url => systems.get(url),
    valueSet: canonical => {
      for (const guide of packages) {
        const found = guide.canonical(canonical)
        if (found?.resourceType === 'ValueSet') return found
      }
      return undefined
    },
  }
  const known = new Map<string, readonly ValueSetPart[] | undefined>()
  const partsOf = (canonical: string): readonly ValueSetPart[] | undefined => {
    if (known.has(canonical)) return known.get(canonical)
    const set = source.valueSet(canonical)
    const parts = set === undefined ? undefined : valueSetParts(set, source)
    // Only value sets of the guides are kept, so that what instances name does not fill the memory.
    if (parts !== undefined) known.set(canonical, parts)
    return parts
  }
  const hasCode = (system: string, code: string): CodeAnswer => {
    const listed = systems.get(system)
    if (listed?.isComplete !== true) return others?.hasCode?.(system, code) ?? 'unknown'
    return hasListed(listed, code) ? 'yes' : 'no'
  }
  return {
    hasCode,
    validateCode(system, code, valueSet) {
      const parts = partsOf(valueSet)
      if (parts === undefined) return others?.validateCode(system, code, valueSet) ?? 'unknown'
      return answerOf(parts, system, code, hasCode)
    },
  }
}

function answerOf(
  parts: readonly ValueSetPart[],
  system: string | undefined,
  code: string,
  hasCode: (system: string, code: string) => CodeAnswer,
): CodeAnswer {
  let answer: CodeAnswer = 'no'
  for (const part of parts) {
    if (system !== undefined && part.system !== system && part.system !== '*') continue
    const one =
      part.codes === 'all'
        ? hasCode(part.system, code)
        : part.codes === 'unknown'
          ? 'unknown'
          : part.codes.has(code)
            ? 'yes'
            : 'no'
    if (one === 'yes') return 'yes'
    if (one === 'unknown') answer = 'unknown'
  }
  return answer
}

function hasListed({ ancestors, isCaseSensitive }: ListedSystem, code: string): boolean {
  if (ancestors.has(code) || isCaseSensitive) return ancestors.has(code)
  const wanted = code.toLowerCase()
  for (const one of ancestors.keys()) if (one.toLowerCase() === wanted) return true
  return false
}
