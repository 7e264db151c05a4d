import { v7 as uuidv7 } from 'uuid'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { assertWithin } from './apply-steps.ts'
import { checkResource, withoutId } from './check-resource.ts'
import { parseCriteria } from './criteria.ts'
import { PreparedResource } from './prepared-resource.ts'
import { runWrite } from './run-write.ts'
import type { CreateRequest, WriteOutcome } from './write-outcome.ts'

/**
 * FHIR R4 http.html#create, with an id of the hub's own; with `ifNoneExist` only where nothing meets the criteria (#ccreate),
 * which answers 200 and what is there otherwise. Resolves after the commit.
 *
 * @throws HubError 400, 403, 412 (several meet the criteria), 422; SambandError `hub-busy`
 */
export async function createResource(context: HubContext, request: CreateRequest): Promise<WriteOutcome> {
  const { caller, type } = request
  assertAccess(caller, 'create', type)
  const criteria = request.ifNoneExist === undefined ? undefined : parseCriteria(context, type, request.ifNoneExist)
  const warnings = checkResource(context, type, withoutId(request.resource))
  const prepared = new PreparedResource(context, { type, id: uuidv7() }, request.resource)
  assertWithin(context, caller, 'create', prepared)
  if (criteria === undefined && context.references === 'accept') {
    const { store, now } = context
    const write = prepared.write('create', { exists: false, rid: store.ids.next(), version: 1, at: now() })
    await store.create({ ...write, rows: prepared.rows() })
    return { status: 201, stored: write, method: 'create', changed: true, warnings }
  }
  if (criteria !== undefined) assertAccess(caller, 'search', type)
  prepared.prepare()
  return await runWrite(context, {
    caller,
    ...(criteria === undefined ? {} : { criteria }),
    stepFor: stored =>
      stored === undefined ? { kind: 'insert', prepared, warnings } : { kind: 'found', stored, warnings },
  })
}
