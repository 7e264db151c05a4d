import { encodePairs } from '@samband/fhir/search'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../access/caller.ts'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { routeOf } from '../http/route.ts'
import { assertOwnId, assertType } from '../interactions/check-resource.ts'
import { type Criteria, parseCriteria } from '../interactions/criteria.ts'
import { checkPreconditions } from '../interactions/preconditions.ts'
import { assertMayWrite, ownIdOf, preconditionsOf } from '../interactions/update.ts'
import { bodyOf, type EntryRequest, entryRefused } from './entry-request.ts'
import { nestedBundle } from './run-batch.ts'
import type { DeleteEntry, PatchEntry, TransactionEntry, WriteEntry } from './transaction-entry.ts'

/**
 * What an entry of a transaction asks for, checked as far as the database is not needed.
 *
 * @throws HubError 400, 403, 404, 405, 412
 */
export function readTransactionEntry(
  context: HubContext,
  caller: Caller,
  entry: EntryRequest,
  prefer: string | undefined,
): TransactionEntry {
  const { method, segments, query, headers, index, at } = entry
  const route = routeOf(context, method, segments)
  const common = { index, at }
  switch (route.kind) {
    case 'read':
    case 'search': {
      if (route.kind === 'search' && route.form) break
      const request = {
        method,
        segments,
        query,
        caller,
        headers: { ...headers, ...(prefer === undefined ? {} : { prefer }) },
      }
      return { ...common, kind: 'read', route, request }
    }
    case 'create':
      return { ...common, ...readCreate(context, caller, entry, route.type) }
    case 'update':
      return { ...common, ...readUpdate(context, caller, entry, route) }
    case 'patch':
      return { ...common, ...readPatchEntry(context, caller, entry, route) }
    case 'delete':
      return { ...common, ...readDelete(context, caller, entry, route) }
    case 'bundle':
      throw nestedBundle(at)
    default:
  }
  throw entryRefused(
    'a transaction reads by id and by search, and writes; other interactions go into a batch',
    `${at}.request.url`,
    'entry-unsupported',
  )
}

type Target = { readonly type: string; readonly id?: string }
type Unplaced<T extends TransactionEntry> = Omit<T, 'index' | 'at'>

function readCreate(context: HubContext, caller: Caller, entry: EntryRequest, type: string): Unplaced<WriteEntry> {
  const { headers, fullUrl, at } = entry
  assertAccess(caller, 'create', type)
  const { ifNoneExist } = headers
  if (ifNoneExist !== undefined) assertAccess(caller, 'search', type)
  refuseQuery(entry)
  return {
    kind: 'create',
    type,
    fullUrl,
    resource: resourceOf(entry, type),
    id: uuidv7(),
    ownId: undefined,
    criteria:
      ifNoneExist === undefined ? undefined : criteriaIn(context, type, ifNoneExist, `${at}.request.ifNoneExist`),
  }
}

function readUpdate(
  context: HubContext,
  caller: Caller,
  entry: EntryRequest,
  { type, id }: Target,
): Unplaced<WriteEntry> {
  const { headers, fullUrl, at } = entry
  assertMayWrite(caller, type)
  checkPreconditions(headers)
  const resource = resourceOf(entry, type)
  const common = { kind: 'update', type, fullUrl, resource, ...preconditionsOf(headers) } as const
  if (id !== undefined) {
    refuseQuery(entry)
    assertOwnId(id, resource)
    return { ...common, id, ownId: undefined, criteria: undefined }
  }
  assertAccess(caller, 'search', type)
  const ownId = ownIdOf(resource)
  return {
    ...common,
    id: ownId ?? uuidv7(),
    ownId,
    criteria: criteriaIn(context, type, encodePairs(entry.query), `${at}.request.url`),
  }
}

function readPatchEntry(
  context: HubContext,
  caller: Caller,
  entry: EntryRequest,
  target: Target,
): Unplaced<PatchEntry> {
  const { headers, fullUrl, at } = entry
  assertAccess(caller, 'update', target.type)
  checkPreconditions(headers)
  const body = bodyOf(entry)
  const isParameters = body?.kind === 'resource' && body.resource['resourceType'] === 'Parameters'
  if (body?.kind !== 'json-patch' && !isParameters)
    throw entryRefused('a PATCH has a Binary with a JSON Patch, or Parameters with a FHIRPath Patch', `${at}.resource`)
  return {
    kind: 'patch',
    type: target.type,
    fullUrl,
    ...found(context, caller, entry, target),
    patch:
      body.kind === 'json-patch'
        ? { kind: 'json-patch', operations: body.operations }
        : { kind: 'fhirpath-patch', parameters: body.kind === 'resource' ? body.resource : {} },
    ...preconditionsOf(headers),
  }
}

function readDelete(context: HubContext, caller: Caller, entry: EntryRequest, target: Target): Unplaced<DeleteEntry> {
  const { headers } = entry
  assertAccess(caller, 'delete', target.type)
  checkPreconditions(headers)
  return { kind: 'delete', type: target.type, ...found(context, caller, entry, target), ...preconditionsOf(headers) }
}

function found(
  context: HubContext,
  caller: Caller,
  entry: EntryRequest,
  { type, id }: Target,
): { readonly id: string | undefined; readonly criteria: Criteria | undefined } {
  if (id !== undefined) {
    refuseQuery(entry)
    return { id, criteria: undefined }
  }
  assertAccess(caller, 'search', type)
  return { id: undefined, criteria: criteriaIn(context, type, encodePairs(entry.query), `${entry.at}.request.url`) }
}

function criteriaIn(context: HubContext, type: string, text: string, expression: string): Criteria {
  try {
    return parseCriteria(context, type, text)
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    const { code, category, message, status } = error
    const issues = error.issues.map(issue => ({ ...issue, expression }))
    throw new HubError({ code, category, message, status, issues })
  }
}

function resourceOf({ resource, at }: EntryRequest, type: string): JsonObject {
  if (resource === undefined) throw entryRefused('the entry needs a resource', `${at}.resource`)
  assertType(type, resource)
  return resource
}

function refuseQuery({ query, at }: EntryRequest): void {
  if (query.length === 0) return
  throw entryRefused('this interaction takes no parameters', `${at}.request.url`)
}
