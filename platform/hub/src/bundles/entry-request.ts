import { Buffer } from 'node:buffer'
import { parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { HubBody, HubRequestHeaders } from '../http/hub-request.ts'
import { parseTarget, type RequestTarget } from '../http/request-target.ts'

/** What an entry of a batch or transaction asks for (FHIR R4 bundle.html#Bundle.entry.request). */
export type EntryRequest = RequestTarget & {
  /** From 0. */
  readonly index: number
  /** 'Bundle.entry[3]': for complaints. */
  readonly at: string
  readonly method: EntryMethod
  readonly headers: HubRequestHeaders
  readonly fullUrl: string | undefined
  readonly resource: JsonObject | undefined
}

const entryMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const
export type EntryMethod = (typeof entryMethods)[number]

/**
 * The entries of a bundle one by one, refused ones as what is wrong with them.
 *
 * @throws HubError 400: no list of entries; 413: more than `bundleEntriesMax`
 */
export function* readEntries(context: HubContext, bundle: JsonObject): Generator<EntryRequest | HubError> {
  const { entry = [] } = bundle
  const { bundleEntriesMax } = context.limits
  if (!Array.isArray(entry)) throw entryRefused('entry is a list', 'Bundle.entry')
  if (entry.length > bundleEntriesMax) {
    const text = `a Bundle has at most ${bundleEntriesMax} entries here`
    throw new HubError({
      code: 'bundle-too-large',
      category: 'incorrect',
      status: 413,
      message: text,
      issues: [{ severity: 'error', type: 'too-long', code: 'bundle-too-large', text, expression: 'Bundle.entry' }],
    })
  }
  const list: readonly unknown[] = entry
  for (const [index, each] of list.entries()) yield entryOrRefusal(context, each, index)
}

function entryOrRefusal(context: HubContext, entry: unknown, index: number): EntryRequest | HubError {
  try {
    return readEntry(context, entry, index)
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
}

function readEntry({ baseUrl }: HubContext, entry: unknown, index: number): EntryRequest {
  const at = `Bundle.entry[${index}]`
  const request = isJsonObject(entry) ? entry['request'] : undefined
  if (!isJsonObject(entry) || !isJsonObject(request)) throw entryRefused('an entry needs a request', at)
  const method = entryMethods.find(each => each === request['method'])
  if (method === undefined)
    throw entryRefused('method is one of GET, HEAD, POST, PUT, DELETE and PATCH', `${at}.request.method`)
  const { url } = request
  if (typeof url !== 'string') throw entryRefused('a request needs a url', `${at}.request.url`)
  const relative = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url
  if (/^[a-z][a-z\d+.-]*:/i.test(relative))
    throw entryRefused('the url of a request is relative to this server', `${at}.request.url`)
  const { resource, fullUrl } = entry
  if (resource !== undefined && !isJsonObject(resource)) throw entryRefused('a resource is an object', `${at}.resource`)
  return {
    ...targetOf(relative, at),
    index,
    at,
    method,
    headers: headersOf(request),
    fullUrl: typeof fullUrl === 'string' ? fullUrl : undefined,
    resource,
  }
}

function targetOf(url: string, at: string): RequestTarget {
  try {
    return parseTarget(url)
  } catch (error) {
    if (error instanceof HubError) throw entryRefused(error.message, `${at}.request.url`)
    throw error
  }
}

function headersOf(request: JsonObject): HubRequestHeaders {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifNoneExist } = request
  return {
    ...(typeof ifMatch === 'string' ? { ifMatch } : {}),
    ...(typeof ifNoneMatch === 'string' ? { ifNoneMatch } : {}),
    ...(typeof ifNoneExist === 'string' ? { ifNoneExist } : {}),
    // An instant in a Bundle, a date of HTTP in a header.
    ...(typeof ifModifiedSince === 'string' && Number.isFinite(Date.parse(ifModifiedSince))
      ? { ifModifiedSince: new Date(ifModifiedSince).toUTCString() }
      : {}),
  }
}

/** The body that an entry stands for: of a PATCH a Binary with a JSON Patch, or Parameters (FHIR R4 http.html#patch). */
export function bodyOf({ method, resource, at }: EntryRequest): HubBody | undefined {
  if (resource === undefined) return undefined
  if (method !== 'PATCH' || resource['resourceType'] !== 'Binary') return { kind: 'resource', resource }
  const { contentType, data } = resource
  const isPatch = contentType === 'application/json-patch+json' && typeof data === 'string'
  const operations = isPatch ? parsedBase64(data) : undefined
  if (operations === undefined)
    throw entryRefused('a Binary of a PATCH has application/json-patch+json as base64', `${at}.resource`)
  return { kind: 'json-patch', operations }
}

function parsedBase64(data: string): unknown {
  const read = parseJson(Buffer.from(data, 'base64'))
  return read.ok ? read.value : undefined
}

/** @throws HubError 400 */
export function entryRefused(text: string, expression: string, code = 'entry-invalid', status = 400): HubError {
  const issue: HubIssue = { severity: 'error', type: 'invalid', code, text, expression }
  return new HubError({ code, category: 'incorrect', status, message: text, issues: [issue] })
}
