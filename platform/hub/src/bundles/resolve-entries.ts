import { matchesSearch, type SearchQuery } from '@samband/fhir/search'
import type { Caller } from '../access/caller.ts'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { atPlace } from '../interactions/apply-steps.ts'
import { type Criteria, criteriaKey, parseCriteria, severalMatches } from '../interactions/criteria.ts'
import { matchEach } from '../interactions/match-one.ts'
import { noMatch } from '../interactions/patch.ts'
import { tooMany } from '../interactions/remove.ts'
import { assertSameId } from '../interactions/update.ts'
import { type HubTransaction, nameOf } from '../storage/hub-store.ts'
import type { StoredResource } from '../storage/stored.ts'
import { conditionalCriteria, conditionalType } from './entry-links.ts'
import { entryRefused } from './entry-request.ts'
import type { TransactionPlan } from './prepare-transaction.ts'
import type { DeleteEntry, LinkedWrite, PatchEntry, WriteEntry } from './transaction-entry.ts'

/** What the criteria of entries met, by index of the entry, and what open links become. */
export type Resolution = {
  readonly matches: ReadonlyMap<number, readonly StoredResource[]>
  /** From a link as it stands in a linked write to the reference that it becomes. */
  readonly links: ReadonlyMap<string, string>
  /** Creations that are another entry's too: the index of that one. */
  readonly sameAs: ReadonlyMap<number, number>
}

type Conditional = (WriteEntry | PatchEntry | DeleteEntry) & { readonly criteria: Criteria }

/**
 * Finds what the criteria of a transaction mean, in the order of the standard: what is deleted is no match of what follows.
 * Everyone else with the same criteria waits until the transaction is over.
 *
 * @throws HubError 400, 404, 412: naming the entry
 */
export async function resolveEntries(
  context: HubContext,
  transaction: HubTransaction,
  caller: Caller,
  { entries, writes }: TransactionPlan,
): Promise<Resolution> {
  const conditional = entries.flatMap(entry =>
    entry.kind !== 'read' && entry.criteria !== undefined ? [entry as Conditional] : [],
  )
  const references = openReferences(context, caller, writes)
  if (conditional.length === 0 && references.length === 0)
    return { matches: new Map(), links: new Map(), sameAs: new Map() }
  if (conditional.length > 0)
    await transaction.lockKeys(conditional.map(({ criteria }) => criteriaKey(context, criteria)))
  const matches = new Map<number, readonly StoredResource[]>()
  const deletions = conditional.filter(entry => entry.kind === 'delete')
  await matchDeletions(context, transaction, caller, deletions, matches)
  const gone = deletedNames(entries, matches)
  const others = conditional.filter(entry => entry.kind !== 'delete')
  const asked = [...others.map(({ criteria }) => criteria), ...references.map(({ criteria }) => criteria)]
  const limit = 2 + Math.min(gone.size, context.limits.conditionalDeleteMax)
  const found = (await matchEach(context, transaction, caller, asked, limit)).map(list =>
    list.filter(each => !gone.has(nameOf(each))),
  )
  for (const [place, entry] of others.entries()) matches.set(entry.index, oneMatch(entry, found[place] ?? []))
  const sameAs = repeatedCreations(others, writes, matches)
  const links = namesThatChange(writes, matches, sameAs)
  for (const [place, reference] of references.entries()) {
    const target = referenceTarget(context, reference, found[others.length + place] ?? [], writes)
    links.set(reference.link, links.get(target) ?? target)
  }
  return { matches, links, sameAs }
}

type OpenReference = { readonly link: string; readonly criteria: Criteria; readonly at: string }

/** Conditional references, each once. @throws HubError 400, 403, 412 */
function openReferences(
  context: HubContext,
  caller: Caller,
  writes: ReadonlyMap<number, LinkedWrite>,
): readonly OpenReference[] {
  const found = new Map<string, OpenReference>()
  for (const { open, entry } of writes.values()) {
    for (const link of open) {
      const type = conditionalType(context, link)
      if (type === undefined || found.has(link)) continue
      assertAccess(caller, 'search', type)
      const criteria = placed(entry.at, () => parseCriteria(context, type, conditionalCriteria(link)))
      found.set(link, { link, criteria, at: entry.at })
    }
  }
  return [...found.values()]
}

async function matchDeletions(
  context: HubContext,
  transaction: HubTransaction,
  caller: Caller,
  deletions: readonly Conditional[],
  into: Map<number, readonly StoredResource[]>,
): Promise<void> {
  if (deletions.length === 0) return
  const limit = context.limits.conditionalDeleteMax
  const criteria = deletions.map(each => each.criteria)
  const found = await matchEach(context, transaction, caller, criteria, limit + 1)
  for (const [place, entry] of deletions.entries()) {
    const list = found[place] ?? []
    if (list.length > limit) throw atPlace(tooMany(entry.criteria, limit), entry.at)
    into.set(entry.index, list)
  }
}

function deletedNames(
  entries: TransactionPlan['entries'],
  matches: ReadonlyMap<number, readonly StoredResource[]>,
): ReadonlySet<string> {
  const names = new Set<string>()
  for (const entry of entries) {
    if (entry.kind !== 'delete') continue
    if (entry.id !== undefined) names.add(nameOf({ type: entry.type, id: entry.id }))
    for (const match of matches.get(entry.index) ?? []) names.add(nameOf(match))
  }
  return names
}

function oneMatch(entry: Conditional, found: readonly StoredResource[]): readonly StoredResource[] {
  return placed(entry.at, () => {
    if (found.length > 1) throw severalMatches(entry.type)
    if (entry.kind === 'patch' && found.length === 0) throw noMatch(entry.type)
    if (entry.kind === 'update') assertSameId(entry.ownId, found[0])
    return found
  })
}

/**
 * Entries that create under the same condition: the first one creates, and the others are it, when they have the same
 * content.
 */
function repeatedCreations(
  others: readonly Conditional[],
  writes: ReadonlyMap<number, LinkedWrite>,
  matches: ReadonlyMap<number, readonly StoredResource[]>,
): ReadonlyMap<number, number> {
  const first = new Map<string, Conditional>()
  const sameAs = new Map<number, number>()
  for (const entry of others) {
    if (entry.kind === 'patch' || (matches.get(entry.index) ?? []).length > 0) continue
    const key = `${entry.type}?${entry.criteria.text}`
    const known = first.get(key)
    if (known === undefined) {
      first.set(key, entry)
      continue
    }
    const [one, other] = [writes.get(known.index), writes.get(entry.index)]
    const isSame = entry.kind === 'create' && known.kind === 'create' && contentOf(one) === contentOf(other)
    if (!isSame) throw entryRefused('another entry has the same criteria', entry.at, 'entries-overlap')
    sameAs.set(entry.index, known.index)
  }
  return sameAs
}

function contentOf(write: LinkedWrite | undefined): string | undefined {
  return write?.prepared.content(1, 0).replace(write.prepared.id, '')
}

/** Ids were given before it was known that the resource is there already. */
function namesThatChange(
  writes: ReadonlyMap<number, LinkedWrite>,
  matches: ReadonlyMap<number, readonly StoredResource[]>,
  sameAs: ReadonlyMap<number, number>,
): Map<string, string> {
  const links = new Map<string, string>()
  for (const [index, { prepared }] of writes) {
    const same = sameAs.get(index)
    const target = same === undefined ? matches.get(index)?.[0] : writes.get(same)?.prepared
    if (target !== undefined && target.id !== prepared.id) links.set(nameOf(prepared), nameOf(target))
  }
  return links
}

/** @throws HubError 412: several; 400: none, neither stored nor in this transaction */
function referenceTarget(
  context: HubContext,
  { criteria, at }: OpenReference,
  found: readonly StoredResource[],
  writes: ReadonlyMap<number, LinkedWrite>,
): string {
  if (found.length > 1) throw atPlace(severalMatches(criteria.type), at)
  const [match] = found
  if (match !== undefined) return nameOf(match)
  const created = [...writes.values()].filter(
    ({ prepared }) => prepared.type === criteria.type && meets(context, prepared.resource, criteria.query),
  )
  const names = new Set(created.map(({ prepared }) => nameOf(prepared)))
  if (names.size > 1) throw atPlace(severalMatches(criteria.type), at)
  for (const name of names) return name
  const text = `no ${criteria.type} meets the criteria of a reference`
  throw new HubError({
    code: 'reference-unresolved',
    category: 'incorrect',
    status: 400,
    message: text,
    issues: [{ severity: 'error', type: 'not-found', code: 'reference-unresolved', text, expression: at }],
  })
}

function meets(context: HubContext, resource: LinkedWrite['prepared']['resource'], query: SearchQuery): boolean {
  const { ucum, now } = context
  const { index } = context.extractor().extract(resource)
  return matchesSearch(query, index, { nowMs: now(), ...(ucum === undefined ? {} : { ucum }) }) === true
}

function placed<T>(at: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof HubError ? atPlace(error, at) : error
  }
}
