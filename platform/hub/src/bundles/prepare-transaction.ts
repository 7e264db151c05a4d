import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { interactionCode } from '../http/route.ts'
import { atPlace } from '../interactions/apply-steps.ts'
import { checkResource, withoutId } from '../interactions/check-resource.ts'
import { PreparedResource } from '../interactions/prepared-resource.ts'
import { mapLinks } from '../interactions/resource-links.ts'
import { nameOf } from '../storage/hub-store.ts'
import { baseOf, conditionalType, EntryLinks } from './entry-links.ts'
import { type EntryRequest, entryRefused, readEntries } from './entry-request.ts'
import { readTransactionEntry } from './read-transaction-entry.ts'
import type { LinkedWrite, TransactionEntry, WriteEntry } from './transaction-entry.ts'
import { Turns } from './turns.ts'

export type TransactionPlan = {
  readonly entries: readonly TransactionEntry[]
  readonly links: EntryLinks
  /** By index of the entry. */
  readonly writes: ReadonlyMap<number, LinkedWrite>
}

/** Of larger bundles the index rows are made chunk by chunk, so that they are not all in memory at once. */
const preparedAheadMax = 2_000

/**
 * All of a transaction that needs no database: its entries read, ids given to what is new, links between entries turned into
 * references, every resource validated, texts and index rows made.
 *
 * @throws HubError with the issues of all entries that are refused, up to `issuesMax`
 */
export async function prepareTransaction(
  context: HubContext,
  request: {
    readonly caller: Caller
    readonly bundle: JsonObject
    readonly prefer?: string
    readonly signal?: AbortSignal
  },
): Promise<TransactionPlan> {
  const { caller, bundle, prefer, signal } = request
  const turns = new Turns(signal)
  const refused = new Refusals(context.limits.issuesMax)
  const entries: TransactionEntry[] = []
  for (const each of readEntries(context, bundle)) {
    refused.collect('', () => {
      if (each instanceof HubError) throw each
      entries.push(placed(each, () => readTransactionEntry(context, caller, each, prefer)))
    })
    await turns.next()
  }
  refused.throwAny()
  for (const entry of entries) await authorizeEntry(context, caller, entry)
  const links = linksOf(context, entries)
  assertDistinct(entries)
  const writes = new Map<number, LinkedWrite>()
  const uncertain = uncertainNames(entries)
  const ahead = entries.length <= preparedAheadMax
  for (const entry of entries) {
    if (entry.kind !== 'create' && entry.kind !== 'update') continue
    refused.collect(entry.at, () => {
      const write = linkedWrite(context, entry, links, uncertain)
      if (ahead && write.open.size === 0) write.prepared.prepare()
      writes.set(entry.index, write)
    })
    await turns.next()
  }
  refused.throwAny()
  return { entries, links, writes }
}

/** Each entry is an interaction of its own to who decides about them. */
async function authorizeEntry(context: HubContext, caller: Caller, entry: TransactionEntry): Promise<void> {
  const code = entry.kind === 'read' ? interactionCode(entry.route) : entry.kind
  const type = entry.kind === 'read' ? entry.route.type : entry.type
  const id = entry.kind === 'read' ? ('id' in entry.route ? entry.route.id : undefined) : entry.id
  const isNamed = id !== undefined && entry.kind !== 'create'
  try {
    const asked = context.authorize({
      caller,
      code,
      ...(type === undefined ? {} : { type }),
      ...(isNamed ? { id } : {}),
    })
    if (asked !== undefined) await asked
  } catch (error) {
    throw error instanceof HubError ? atPlace(error, entry.at) : error
  }
}

/** @throws HubError 400: two entries have the same address (bdl-7) */
function linksOf(context: HubContext, entries: readonly TransactionEntry[]): EntryLinks {
  const links = new EntryLinks(context.baseUrl)
  for (const entry of entries) {
    if (entry.kind !== 'create' && entry.kind !== 'update') continue
    if (entry.fullUrl === undefined || links.add(entry.fullUrl, entry)) continue
    throw entryRefused('another entry has the same fullUrl', `${entry.at}.fullUrl`, 'full-url-repeated')
  }
  return links
}

/** @throws HubError 400: a resource stands in a transaction once (FHIR R4 http.html#trules) */
function assertDistinct(entries: readonly TransactionEntry[]): void {
  const seen = new Set<string>()
  for (const entry of entries) {
    if (entry.kind === 'read' || entry.kind === 'create' || entry.id === undefined) continue
    // Which resource a condition means is known later.
    if (entry.kind === 'update' && entry.criteria !== undefined) continue
    const name = nameOf({ type: entry.type, id: entry.id })
    if (seen.has(name)) throw entriesOverlap(entry.at)
    seen.add(name)
  }
}

export function entriesOverlap(at: string): HubError {
  return entryRefused('another entry changes the same resource', at, 'entries-overlap')
}

/** Names that the database may change: which resource meets the criteria of an entry is known only there. */
function uncertainNames(entries: readonly TransactionEntry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(entry =>
      (entry.kind === 'create' || entry.kind === 'update') && entry.criteria !== undefined ? nameOf(entry) : [],
    ),
  )
}

function linkedWrite(
  context: HubContext,
  entry: WriteEntry,
  links: EntryLinks,
  uncertain: ReadonlySet<string>,
): LinkedWrite {
  const { resource, type } = entry
  const open = new Set<string>()
  const base = baseOf(entry.fullUrl)
  const linked = mapLinks(context.fhirPath.model, resource, (link, kind) => {
    const known = links.resolve(link, base)
    if (known === undefined) {
      if (kind === 'reference' && conditionalType(context, link) !== undefined) open.add(link)
      return link
    }
    if (uncertain.has(known)) open.add(known)
    return known
  })
  const warnings = checkResource(context, type, entry.kind === 'create' ? withoutId(linked) : linked)
  return { entry, prepared: new PreparedResource(context, entry, linked), warnings, open }
}

function placed<T>(entry: EntryRequest, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof HubError ? atPlace(error, entry.at) : error
  }
}

/** Refusals of entries: all are told, not the first. */
class Refusals {
  readonly #issuesMax: number
  readonly #errors: HubError[] = []

  constructor(issuesMax: number) {
    this.#issuesMax = issuesMax
  }

  collect(at: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof HubError)) throw error
      this.#errors.push(atPlace(error, at))
    }
  }

  throwAny(): void {
    const [first, second] = this.#errors
    if (first === undefined) return
    if (second === undefined) throw first
    const { code, category, status } = first
    throw new HubError({
      code,
      category,
      status,
      message: `${this.#errors.length} entries are refused`,
      issues: this.#errors.flatMap(({ issues }) => issues).slice(0, this.#issuesMax),
    })
  }
}
