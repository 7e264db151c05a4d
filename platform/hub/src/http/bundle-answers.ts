import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { runBundle } from '../bundles/run-bundle.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { ChangeMethod } from '../storage/stored.ts'
import type { Dispatch, HubAnswer, HubRequest, TouchedResource } from './hub-request.ts'
import { auditedPatientsMax } from './patients.ts'
import { refuseUnknown } from './general-parameters.ts'
import { parsePrefer } from './prefer.ts'
import { bodyMissing } from './write-answers.ts'

/** 'batch' or 'transaction', whichever the body says it is. @throws HubError 400 */
export function bundleKind({ body }: HubRequest): 'batch' | 'transaction' {
  if (body?.kind !== 'resource' || body.resource['resourceType'] !== 'Bundle')
    throw bodyMissing('what is sent to the base is a Bundle of type batch or transaction')
  const { type } = body.resource
  if (type === 'batch' || type === 'transaction') return type
  throw new HubError({
    code: 'bundle-type-wrong',
    category: 'incorrect',
    message: 'a Bundle that is sent to the base has the type batch or transaction',
    issues: [
      {
        severity: 'error',
        type: 'value',
        code: 'bundle-type-wrong',
        text: 'a Bundle that is sent to the base has the type batch or transaction',
        expression: 'Bundle.type',
      },
    ],
  })
}

/** FHIR R4 http.html#transaction. Entries of a batch are audited one by one, a transaction by what it changed. */
export async function answerBundle(context: HubContext, request: HubRequest, dispatch: Dispatch): Promise<HubAnswer> {
  const { caller, body, headers, signal, query } = request
  const kind = bundleKind(request)
  refuseUnknown(query, [], parsePrefer(headers.prefer))
  const bundle = body?.kind === 'resource' ? body.resource : {}
  const resource = await runBundle(context, {
    caller,
    bundle,
    dispatch,
    ...(headers.prefer === undefined ? {} : { prefer: headers.prefer }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (kind === 'batch') return { status: 200, headers: {}, resource, resources: [], patients: [] }
  const resources = touchedBy(bundle, resource)
  return {
    status: 200,
    headers: {},
    resource,
    resources,
    patients: patientsIn(resources, [bundle['entry'], readBy(bundle, resource)]),
  }
}

const located = /([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/
const methods: Readonly<Record<string, ChangeMethod>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
}

/** What the entries did, by the locations of the answer and, for deletions, by the addresses of the request; and what they read. */
function touchedBy(bundle: JsonObject, answer: JsonObject): readonly TouchedResource[] {
  const asked = entriesOf(bundle)
  const answered = entriesOf(answer)
  return asked.flatMap((entry, index): readonly TouchedResource[] => {
    const request = memberOf(entry, 'request')
    const response = memberOf(answered[index], 'response')
    const method = methods[textOf(request['method'])]
    if (method === undefined) return namesIn(answered[index])
    const [, type, id] = located.exec(textOf(response['location'] ?? request['url'])) ?? []
    if (type === undefined || id === undefined) return []
    const made = textOf(response['status']).startsWith('201')
    return [{ type, id, method: made ? 'create' : method === 'create' ? 'update' : method }]
  })
}

/** The resources of an answer to a GET: one, or those of the Bundle that a search gives. */
function namesIn(entry: unknown): readonly TouchedResource[] {
  const { resourceType: type, id, entry: inner } = memberOf(entry, 'resource')
  if (type === 'Bundle' && Array.isArray(inner)) return inner.flatMap(namesIn)
  return typeof type === 'string' && typeof id === 'string' ? [{ type, id }] : []
}

/** What the entries that only read were given. */
function readBy(bundle: JsonObject, answer: JsonObject): readonly unknown[] {
  const asked = entriesOf(bundle)
  return entriesOf(answer).filter(
    (_, index) => methods[textOf(memberOf(asked[index], 'request')['method'])] === undefined,
  )
}

function entriesOf(bundle: JsonObject): readonly unknown[] {
  return Array.isArray(bundle['entry']) ? bundle['entry'] : []
}

function memberOf(entry: unknown, name: string): JsonObject {
  const member = isJsonObject(entry) ? entry[name] : undefined
  return isJsonObject(member) ? member : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const patientReference = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})/

function patientsIn(resources: readonly TouchedResource[], contents: unknown): readonly string[] {
  const found = new Set(resources.filter(({ type }) => type === 'Patient').map(({ id }) => id))
  const visit = (value: unknown): void => {
    if (found.size >= auditedPatientsMax) return
    if (Array.isArray(value)) for (const each of value) visit(each)
    else if (isJsonObject(value)) {
      for (const key in value) {
        const member = value[key]
        if (key !== 'reference') visit(member)
        else if (typeof member === 'string') {
          const [, id] = patientReference.exec(member) ?? []
          if (id !== undefined) found.add(id)
        }
      }
    }
  }
  visit(contents)
  return [...found]
}
