import type { CodeSystemOf } from './token-values.ts'

/** Value sets that can list their codes, such as the standard's own (`loadValueSets` of the definitions). */
export interface ListedValueSets {
  codes(valueSet: string): readonly { readonly system: string; readonly code: string }[] | undefined
}

/** Tells the system of a code by the value set of its element. Each value set is read when its first code comes. */
export function codeSystemsOf(valueSets: ListedValueSets): CodeSystemOf {
  const known = new Map<string, ReadonlyMap<string, string>>()
  return (valueSet, code) => {
    let systems = known.get(valueSet)
    if (systems === undefined) {
      systems = new Map((valueSets.codes(valueSet) ?? []).map(each => [each.code, each.system]))
      known.set(valueSet, systems)
    }
    return systems.get(code)
  }
}
