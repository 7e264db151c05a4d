import { parseReference } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import type { ResourceName } from '../storage/stored.ts'

/** `Patient?identifier=…`, which a transaction resolves (FHIR R4 http.html#trules). */
const conditionalForm = /^([A-Z][A-Za-z]{1,63})\?\S/

/** The type that a conditional reference asks for; undefined for another kind of reference. */
export function conditionalType(context: HubContext, link: string): string | undefined {
  const relative = link.startsWith(`${context.baseUrl}/`) ? link.slice(context.baseUrl.length + 1) : link
  const type = conditionalForm.exec(relative)?.[1]
  return type !== undefined && context.resourceTypes.has(type) ? type : undefined
}

/** What follows `?`. */
export function conditionalCriteria(link: string): string {
  return link.slice(link.indexOf('?') + 1)
}

/** 'http://other.example/fhir/' of an address of a resource on some server (FHIR R4 bundle.html#references). */
export function baseOf(fullUrl: string | undefined): string | undefined {
  if (fullUrl === undefined) return undefined
  const { base, id } = parseReference(fullUrl)
  return base === undefined || id === undefined ? undefined : `${base}/`
}

/**
 * By what the resources of a transaction call each other, and what that becomes: `urn:uuid:…` and absolute addresses as
 * they stand in `fullUrl`, relative ones by the server that the entry which has them is of.
 */
export class EntryLinks {
  readonly #targets = new Map<string, string>()
  readonly #baseUrl: string

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl
  }

  get size(): number {
    return this.#targets.size
  }

  /** Whether the address is new: no two entries have the same (bdl-7). */
  add(fullUrl: string, { type, id }: ResourceName): boolean {
    if (this.#targets.has(fullUrl)) return false
    this.#targets.set(fullUrl, `${type}/${id}`)
    return true
  }

  /** What a link becomes; undefined where it leads to no entry. Fragments and versions stay behind it. */
  resolve(link: string, entryBase: string | undefined): string | undefined {
    const own = this.#of(link, entryBase)
    if (own !== undefined) return own === link ? undefined : own
    // Most links are addresses of code systems: they have neither.
    if (!link.includes('#') && !link.includes('/_history/')) return undefined
    const [address, rest] = apart(link)
    const known = this.#of(address, entryBase)
    return known === undefined || known === address ? undefined : known + rest
  }

  #of(address: string, entryBase: string | undefined): string | undefined {
    const known = this.#targets.get(address)
    if (known !== undefined || !relativeForm.test(address)) return known
    return this.#targets.get((entryBase ?? `${this.#baseUrl}/`) + address)
  }
}

const relativeForm = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+$/

/** An address, and what may follow it: `/_history/3`, `#contained`. */
function apart(link: string): readonly [string, string] {
  const hash = link.indexOf('#')
  const end = hash === -1 ? link.length : hash
  const version = link.lastIndexOf('/_history/', end)
  const cut = version === -1 ? end : version
  return cut === link.length ? [link, ''] : [link.slice(0, cut), link.slice(cut)]
}
