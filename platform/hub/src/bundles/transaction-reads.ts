import { isVisible, assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { etagOf, httpDate, isNotModified } from '../http/conditional.ts'
import type { HubAnswer } from '../http/hub-request.ts'
import { goneResource, unknownResource } from '../http/refusal.ts'
import { answerSearch } from '../http/search-answers.ts'
import { parsePrefer } from '../http/prefer.ts'
import { subsetText } from '../http/subset-text.ts'
import { generalParameters, refuseUnknown } from '../http/general-parameters.ts'
import type { HubTransaction } from '../storage/hub-store.ts'
import { textArray } from '../storage/array-literal.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { StoredVersion } from '../storage/stored.ts'
import type { ReadEntry } from './transaction-entry.ts'

/**
 * A GET of a transaction: it comes last and sees what the transaction has written, so it is read on its connection.
 *
 * @throws HubError 403, 404, 410: a transaction of which one entry fails is not done
 */
export async function answerReadEntry(
  context: HubContext,
  transaction: HubTransaction,
  entry: ReadEntry,
): Promise<HubAnswer> {
  const answer = await answerGet(context, transaction, entry)
  if (entry.request.method !== 'HEAD') return answer
  const { resource: _resource, text: _text, ...head } = answer
  return head
}

async function answerGet(
  context: HubContext,
  transaction: HubTransaction,
  { request, route }: ReadEntry,
): Promise<HubAnswer> {
  if (route.kind === 'search') return await answerSearch(context, { ...request, client: transaction.client }, route)
  const { type, id } = route
  const { caller, headers, query } = request
  refuseUnknown(query, [], parsePrefer(headers.prefer))
  assertAccess(caller, 'read', type)
  const found = await current(context, transaction, type, id)
  if (found === undefined || !isVisible(context, caller, 'read', found)) throw unknownResource(type)
  if (found.content === undefined) throw goneResource(type, found.version)
  const answer = {
    status: 200,
    headers: { etag: etagOf(found.version), 'last-modified': httpDate(found.at) },
    resources: [{ type, id }],
  }
  if (isNotModified(headers, found)) return { ...answer, status: 304 }
  return {
    ...answer,
    text: query.length === 0 ? found.content : subsetText(context, found.content, generalParameters(query)),
  }
}

async function current(
  { store }: HubContext,
  { client }: HubTransaction,
  type: string,
  id: string,
): Promise<StoredVersion | undefined> {
  const { rows } = await client.query<Omit<StoredVersion, 'type' | 'content'> & { content: string | null }>({
    name: `hub-current-${type}`,
    text: `select id, version, at, content from ${resourceTable(type)} where tenant = $1 and type = '${type}' and id = any($2::text[])`,
    values: [store.tenant, textArray([id])],
  })
  const [row] = rows
  return row === undefined ? undefined : { ...row, type, content: row.content ?? undefined }
}
