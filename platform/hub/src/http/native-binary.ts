import { Buffer } from 'node:buffer'
import { bodyFormat, negotiateFormat } from '@samband/fhir'
import { HubError } from '../hub-error.ts'
import type { HubAnswer, HubBody } from './hub-request.ts'
import type { RequestTarget } from './request-target.ts'
import { parseStored } from './subset-text.ts'

/**
 * Whether a Binary is asked for as what it holds: by an `Accept` that names no format of FHIR (FHIR R4 binary.html#rest).
 * What accepts anything gets the resource.
 */
export function isNativeRead({ segments, query }: RequestTarget, method: string, accept: string | undefined): boolean {
  if (segments[0] !== 'Binary' || accept === undefined || (method !== 'GET' && method !== 'HEAD')) return false
  const isInstance = segments.length === 2 || (segments.length === 4 && segments[2] === '_history')
  return isInstance && !query.some(([name]) => name === '_format') && !negotiateFormat({ accept }).ok
}

export type NativeContent = { readonly contentType: string; readonly bytes: Buffer }

/** @throws HubError 406: it holds something else than is asked for */
export function nativeContent({ text }: HubAnswer, accept: string): NativeContent {
  const { contentType, data } = parseStored(text ?? '{}')
  if (typeof contentType === 'string' && isHeaderValue.test(contentType) && accepts(accept, contentType))
    return { contentType, bytes: Buffer.from(typeof data === 'string' ? data : '', 'base64') }
  throw new HubError({
    status: 406,
    code: 'format-unsupported',
    category: 'unsupported',
    message: 'this Binary holds something else than Accept asks for',
  })
}

/** What a browser is to make of content that anybody may have sent: a file, and nothing that runs. */
export const nativeHeaders: Readonly<Record<string, string>> = {
  'content-disposition': 'attachment',
  'content-security-policy': "sandbox; default-src 'none'",
}

const isHeaderValue = /^[\x20-\x7e]+$/

function accepts(accept: string, contentType: string): boolean {
  const type = mediaType(contentType)
  return accept.split(',').some(range => {
    const wanted = mediaType(range)
    return wanted === type || (wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1)))
  })
}

function mediaType(text: string): string {
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** A body that is sent to Binary in a format of its own becomes the Binary that holds it; undefined for what FHIR reads itself. */
export function binaryBody(
  { segments }: RequestTarget,
  method: string,
  bytes: Uint8Array,
  headers: { readonly contentType: string | undefined; readonly securityContext: string | undefined },
): HubBody | undefined {
  const { contentType, securityContext } = headers
  const isHere = segments[0] === 'Binary' && segments.length === (method === 'POST' ? 1 : method === 'PUT' ? 2 : -1)
  if (!isHere || contentType === undefined || bytes.length === 0 || bodyFormat(contentType).ok) return undefined
  const [, id] = segments
  return {
    kind: 'resource',
    resource: {
      resourceType: 'Binary',
      ...(id === undefined ? {} : { id }),
      contentType,
      ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }),
      data: Buffer.from(bytes).toString('base64'),
    },
  }
}
