import { assertAccess, scopeMissing } from '../access/visibility.ts'
import type { Caller } from '../access/caller.ts'
import { unknownResource } from '../http/refusal.ts'
import type { HubContext } from '../hub-context.ts'
import type { ChangeMethod, StoredVersion } from '../storage/stored.ts'
import { isPruned } from './history-place.ts'
import { type HistoryRow, selectChanges, selectVersions } from './history-rows.ts'
import { judgedVisible } from './history-visibility.ts'

export type HistoryRequest = {
  readonly caller: Caller
  /** Without: all types. */
  readonly type?: string
  /** With a type only. */
  readonly id?: string
  readonly count: number
  /** Only versions made at or after it, epoch milliseconds. */
  readonly sinceMs?: number
  /** Only versions that were current at some time in it: from `lowMs` up to `highMs`. */
  readonly at?: { readonly lowMs: number; readonly highMs: number }
  readonly oldestFirst: boolean
  /** Where the page before ended. */
  readonly after?: number
}

export type HistoryVersion = StoredVersion & { readonly method: ChangeMethod }

export type HistoryPage = {
  readonly versions: readonly HistoryVersion[]
  /** Where the next page begins; undefined on the last. */
  readonly next: number | undefined
  /** The feed of changes, which histories of types and of everything are read from, has lost its beginning to pruning. */
  readonly isCut: boolean
}

/** Looks at the feed for one page, for a caller who sees little of it; the page is shorter then. */
const roundsMax = 10

/**
 * Versions of a resource, of a type or of everything, the newest first (FHIR R4 http.html#history). Pages continue where
 * the one before ended, in the order of commits, so what is written meanwhile neither repeats nor hides anything.
 *
 * A version is given to who may see it and the current one too; a deletion to who may see what was deleted.
 *
 * @throws HubError 403, 404 where the resource never was, or the caller may not see it
 */
export async function readHistory(context: HubContext, request: HistoryRequest): Promise<HistoryPage> {
  const { caller, type, id, count } = request
  const types = typesOf(context, request)
  const sees = judgedVisible(context, caller, id === undefined ? 'search' : 'read', types ?? [...context.resourceTypes])
  const rows: HistoryRow[] = []
  let { after } = request
  let isMore = false
  for (let round = 0; round < roundsMax; round += 1) {
    const asked = { ...request, after, limit: count + 1, judged: !sees.everything, types }
    const found =
      type !== undefined && id !== undefined
        ? await selectVersions(context.store, { ...asked, type, id })
        : await selectChanges(context.store, asked)
    const last = found.at(-1)
    for (const row of found) {
      if (rows.length > count) break
      if (sees.everything || sees.row(row)) rows.push(row)
    }
    isMore = rows.length > count || found.length > count
    if (rows.length > count || found.length <= count || last === undefined) break
    after = last.place
  }
  if (id !== undefined && type !== undefined && rows.length === 0 && request.after === undefined)
    await assertExists(context, { caller, type, id })
  const page = rows.slice(0, count)
  const lastOnPage = rows.length > count ? page.at(-1)?.place : after
  const isAtBeginning = request.oldestFirst ? request.after === undefined : !isMore
  const isCut = id === undefined && isAtBeginning && (await isPruned(context.store))
  return { versions: page, next: isMore ? lastOnPage : undefined, isCut }
}

/** The types that are looked at: undefined for all there are. */
function typesOf(context: HubContext, { caller, type, id }: HistoryRequest): readonly string[] | undefined {
  if (type !== undefined) {
    assertAccess(caller, id === undefined ? 'search' : 'read', type)
    return [type]
  }
  const seen = [...context.resourceTypes].filter(each => {
    const visibility = caller.access('search', each)
    return visibility === 'all' || (visibility !== 'none' && visibility.length > 0)
  })
  if (seen.length === 0) throw scopeMissing('search', '*')
  return seen.length === context.resourceTypes.size ? undefined : seen
}

/** No version fits the conditions: that is an empty page, unless there is nothing to have versions. */
async function assertExists(
  context: HubContext,
  { caller, type, id }: { readonly caller: Caller; readonly type: string; readonly id: string },
): Promise<void> {
  const sees = judgedVisible(context, caller, 'read', [type])
  const newest = await selectVersions(context.store, { type, id, limit: 1, oldestFirst: false, judged: true })
  const [row] = newest
  if (row === undefined || !(sees.everything || sees.row(row))) throw unknownResource(type)
}
