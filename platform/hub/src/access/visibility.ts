import type { JsonObject } from '@samband/fhir/fhirpath'
import { matchesSearch, type SearchIndex } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { Refusal } from '../http/refusal.ts'
import type { ResourceName } from '../storage/stored.ts'
import type { AccessKind, Caller, VisibilityFilter } from './caller.ts'
import { visibilityQuery } from './visibility-query.ts'

export type VisibilityContext = Pick<
  HubContext,
  'baseUrl' | 'searchParameters' | 'extractor' | 'indexer' | 'ucum' | 'now'
> & {
  readonly store: Pick<HubContext['store'], 'keys'>
}

/** A version as the storage has it, or a resource that is about to be one. */
export type Seen = ResourceName & { readonly content?: string | JsonObject | undefined }

/**
 * Whether the caller may do this with that resource. Without content, as for a deletion, only what needs no look inside is
 * visible: everything, or the resource that a compartment is of. What a filter cannot decide is not visible.
 *
 * Costs nothing for who sees all; for others the values of all search parameters are computed (about 30 µs).
 */
export function isVisible(context: VisibilityContext, caller: Caller, kind: AccessKind, stored: Seen): boolean {
  const visibility = caller.access(kind, stored.type)
  if (visibility === 'all') return true
  if (visibility === 'none' || visibility.length === 0) return false
  const looked = new Looked(context, stored)
  return visibility.some(filter => looked.fits(filter))
}

/** Of several, those that are visible, in their order. */
export function visibleOf<T extends Seen>(
  context: VisibilityContext,
  caller: Caller,
  kind: AccessKind,
  stored: readonly T[],
): readonly T[] {
  return stored.filter(each => isVisible(context, caller, kind, each))
}

/**
 * @throws Refusal 403 `scope-missing` where the caller may do this with no resource of the type, naming the scope that
 * would be needed (SMART App Launch 2.2, scopes for requesting FHIR resources)
 */
export function assertAccess(caller: Caller, kind: AccessKind, type: string): void {
  const visibility = caller.access(kind, type)
  if (visibility === 'all') return
  if (visibility === 'none' || visibility.length === 0) throw scopeMissing(kind, type)
}

/** With the challenge of RFC 6750 §3.1, which a client understands that could ask its user for more. */
export function scopeMissing(kind: AccessKind, type: string): Refusal {
  const named = `${type}.${letters[kind]}`
  return new Refusal({
    code: 'scope-missing',
    category: 'forbidden',
    message: `this needs one of the scopes patient/${named}, user/${named} or system/${named}, and that it reaches this type`,
    headers: {
      'www-authenticate': `Bearer error="insufficient_scope", scope="patient/${named} user/${named} system/${named}"`,
    },
  })
}

const letters: { readonly [K in AccessKind]: string } = {
  create: 'c',
  read: 'r',
  update: 'u',
  delete: 'd',
  search: 's',
}

/** One resource, looked at by several filters: its values are computed once, and only when a filter asks. */
class Looked {
  readonly #context: VisibilityContext
  readonly #stored: Seen
  #index: SearchIndex | undefined
  #resource: JsonObject = {}
  #incomplete = false
  #compartments: ReadonlySet<string> | undefined

  constructor(context: VisibilityContext, stored: Seen) {
    this.#context = context
    this.#stored = stored
  }

  fits({ compartment, query }: VisibilityFilter): boolean {
    if (compartment !== undefined && !this.#isIn(compartment)) return false
    if (query === undefined) return true
    const read = visibilityQuery(this.#context, this.#stored.type, query)
    if (!read.ok) return false
    const index = this.#values()
    // Where a value could not be computed, that it is not there would be a guess.
    if (index === undefined || this.#incomplete) return false
    const { ucum, now } = this.#context
    return matchesSearch(read.query, index, { nowMs: now(), ...(ucum === undefined ? {} : { ucum }) }) === true
  }

  #isIn({ type, id }: ResourceName): boolean {
    if (this.#stored.type === type && this.#stored.id === id) return true
    const index = this.#values()
    if (index === undefined) return false
    const { keys } = this.#context.store
    this.#compartments ??= this.#context.indexer.compartmentsOf(index, this.#resource)
    return this.#compartments.has(keys.compartment(type, keys.resource(type, id)))
  }

  #values(): SearchIndex | undefined {
    const { content } = this.#stored
    if (content === undefined || this.#index !== undefined) return this.#index
    // What was stored was read strictly; the text of decimals does not matter to a comparison.
    this.#resource = typeof content === 'string' ? (JSON.parse(content) as JsonObject) : content
    const { index, issues } = this.#context.extractor().extract(this.#resource)
    this.#index = index
    this.#incomplete = issues.length > 0
    return index
  }
}
