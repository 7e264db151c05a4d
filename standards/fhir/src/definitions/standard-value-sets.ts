/** Whether a code is in a value set: `unknown` where the answer needs a system that is not packed (SNOMED CT, LOINC). */
export type Membership = 'yes' | 'no' | 'unknown'

interface CodeSystem {
  readonly isCaseSensitive: boolean
  readonly codes: ReadonlySet<string>
}

type Codes = ReadonlySet<string> | 'all' | 'unknown'

/** Two spaces are never inside a code. */
const CODE_SEPARATOR = '  '

/** Systems whose codes follow a grammar and are not listed. */
const GRAMMARS: Readonly<Record<string, RegExp>> = {
  // BCP 47 (RFC 5646 §2.1), without the irregular tags, which nobody may use any more.
  'urn:ietf:bcp:47':
    /^([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8})(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*(-[a-wyz\d](-[a-z\d]{2,8})+)*(-x(-[a-z\d]{1,8})+)?$|^x(-[a-z\d]{1,8})+$/i,
  // BCP 13 (RFC 6838 §4.2): type/subtype and parameters, whose values are taken as they come; and the short names that R4 says may
  // stand for FHIR's own formats (CapabilityStatement.format).
  'urn:ietf:bcp:13':
    /^(xml|json|ttl|[a-z\d][a-z\d!#$&^_.+-]{0,126}\/[a-z\d][a-z\d!#$&^_.+-]{0,126}(\s*;\s*[^\s;=]+=[^;]+)*)$/i,
}

/**
 * The value sets that elements of the standard are bound to with `required` or `extensible` strength, as far as they can be listed, and the
 * codes of every system that the standard lists completely.
 */
export class StandardValueSets {
  readonly #sets = new Map<string, ReadonlyMap<string, Codes>>()
  readonly #systems = new Map<string, CodeSystem>()
  /** Lines of value sets that nobody has asked for yet. */
  readonly #packed = new Map<string, string>()

  constructor(valueSets: readonly string[], codeSystems: readonly string[]) {
    for (const line of valueSets) {
      const tab = line.indexOf('\t')
      this.#packed.set(line.slice(0, tab), line.slice(tab + 1))
    }
    for (const line of codeSystems) {
      const [url = '', sensitivity, codes = ''] = line.split('\t')
      this.#systems.set(url, { isCaseSensitive: sensitivity !== 'i', codes: new Set(codes.split(CODE_SEPARATOR)) })
    }
  }

  /**
   * Whether `code` of `system` is in the value set with this canonical address. Without a system (a `code` element, whose system is
   * implied by its binding) it is enough that one of the set's systems has it.
   */
  contains(valueSet: string, system: string | undefined, code: string): Membership {
    const parts = this.#parts(valueSet)
    if (parts === undefined) return 'unknown'
    if (system !== undefined) {
      const codes = parts.get(system)
      if (codes !== undefined) return this.#has(system, codes, code)
      return parts.has('*') ? 'unknown' : 'no'
    }
    let answer: Membership = 'no'
    for (const [one, codes] of parts) {
      const found = this.#has(one, codes, code)
      if (found === 'yes') return 'yes'
      if (found === 'unknown') answer = 'unknown'
    }
    return answer
  }

  /** Whether a system has a code, where all its codes are known here. */
  hasCode(system: string, code: string): Membership {
    return this.#has(system, 'all', code)
  }

  /** The codes of a value set where all are listed, each with its system; nothing where some are not known here. */
  codes(valueSet: string): readonly { readonly system: string; readonly code: string }[] | undefined {
    const listed: { system: string; code: string }[] = []
    for (const [system, part] of this.#parts(valueSet) ?? []) {
      const codes = part === 'all' ? this.#systems.get(system)?.codes : part
      if (codes === undefined || codes === 'unknown') return undefined
      for (const code of codes) listed.push({ system, code })
    }
    return listed.length === 0 ? undefined : listed
  }

  #has(system: string, codes: Codes, code: string): Membership {
    if (codes === 'unknown') return 'unknown'
    if (codes !== 'all') return codes.has(code) ? 'yes' : 'no'
    const known = this.#systems.get(system)
    if (known !== undefined) {
      if (known.codes.has(code)) return 'yes'
      return !known.isCaseSensitive && hasIgnoringCase(known.codes, code) ? 'yes' : 'no'
    }
    const grammar = GRAMMARS[system]
    if (grammar === undefined) return 'unknown'
    return grammar.test(code) ? 'yes' : 'no'
  }

  #parts(canonical: string): ReadonlyMap<string, Codes> | undefined {
    const bar = canonical.indexOf('|')
    const url = bar === -1 ? canonical : canonical.slice(0, bar)
    const known = this.#sets.get(url)
    if (known !== undefined) return known
    const line = this.#packed.get(url)
    if (line === undefined) return undefined
    const parts = new Map(
      line
        .split('\t')
        .filter(part => part !== '')
        .map(unpackPart),
    )
    this.#sets.set(url, parts)
    return parts
  }
}

/** `system|*` takes all of a system, `system|?` cannot be listed, else the codes follow. */
function unpackPart(text: string): readonly [string, Codes] {
  const bar = text.indexOf('|')
  const codes = text.slice(bar + 1)
  const system = text.slice(0, bar)
  if (codes === '*') return [system, 'all']
  if (codes === '?') return [system, 'unknown']
  return [system, new Set(codes.split(CODE_SEPARATOR))]
}

function hasIgnoringCase(codes: ReadonlySet<string>, code: string): boolean {
  const wanted = code.toLowerCase()
  for (const one of codes) if (one.toLowerCase() === wanted) return true
  return false
}
