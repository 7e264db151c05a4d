import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Pair } from '@samband/fhir/search'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { type GeneralParameters, generalParameters, withoutGeneral } from './general-parameters.ts'
import type { AnswerHeaders, HubAnswer, HubRequest, TouchedResource } from './hub-request.ts'
import { Refusal } from './refusal.ts'
import type { Route } from './route.ts'
import { isWhole, subsetOf } from './subset-text.ts'

/** An operation as the dispatcher calls it (FHIR R4 operations.html). It checks itself what the caller may see. */
export type OperationHandler = (context: HubContext, call: OperationCall) => Promise<OperationAnswer>

export type OperationCall = {
  readonly caller: Caller
  readonly level: 'system' | 'type' | 'instance'
  readonly type?: string
  readonly id?: string
  /** Of `id`: the operation is about this version of it. */
  readonly versionId?: string
  /** 'GET' or 'POST': what changes something must not come by GET. */
  readonly method: string
  /** Of the address and of a form. */
  readonly pairs: readonly Pair[]
  /** How much of the resources is wanted, for an answer that is text; of a `resource` the part is taken afterwards. */
  readonly general: GeneralParameters
  /** Parameters, or the resource that an operation takes alone. */
  readonly resource?: JsonObject
  readonly prefer?: string
  readonly signal?: AbortSignal
}

export type OperationAnswer = {
  readonly status?: number
  readonly headers?: AnswerHeaders
  readonly resource?: JsonObject
  readonly text?: string
  readonly resources?: readonly TouchedResource[]
  readonly patients?: readonly string[]
}

export type Operations = ReadonlyMap<string, OperationHandler>

export async function answerOperation(
  context: HubContext,
  operations: Operations,
  request: HubRequest,
  { name, type, id, versionId }: Extract<Route, { kind: 'operation' }>,
): Promise<HubAnswer> {
  const handler = operations.get(name)
  // The standard has operations on versions for meta alone (FHIR R4 resource-operation-meta).
  if (handler === undefined || (versionId !== undefined && name !== 'meta')) throw unknownOperation()
  const { caller, method, body, query, headers, signal } = request
  if (body?.kind === 'json-patch') {
    throw new HubError({
      status: 415,
      code: 'body-wrong',
      category: 'unsupported',
      message: 'an operation takes no patch',
    })
  }
  const general = generalParameters(query)
  const answer = await handler(context, {
    caller,
    level: id !== undefined ? 'instance' : type !== undefined ? 'type' : 'system',
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
    ...(versionId === undefined ? {} : { versionId }),
    general,
    method: method === 'HEAD' ? 'GET' : method,
    pairs: withoutGeneral(body?.kind === 'form' ? [...query, ...body.pairs] : query),
    ...(body?.kind === 'resource' ? { resource: body.resource } : {}),
    ...(headers.prefer === undefined ? {} : { prefer: headers.prefer }),
    ...(signal === undefined ? {} : { signal }),
  })
  const { status = 200, resource, resources = [] } = answer
  return {
    ...answer,
    status,
    headers: answer.headers ?? {},
    resources,
    ...(resource === undefined || isWhole(general) ? {} : { resource: subsetOf(context, resource, general) }),
  }
}

function unknownOperation(): Refusal {
  return new Refusal({
    status: 404,
    code: 'operation-unknown',
    category: 'not-found',
    message: 'there is no such operation here; the CapabilityStatement lists what there is',
    headers: {},
  })
}
