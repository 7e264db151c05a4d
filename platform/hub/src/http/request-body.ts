import { bodyFormat, type FhirFormat, type ParseResult, parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue, hubIssues } from '../hub-error.ts'
import type { HubBody } from './hub-request.ts'
import { parsePairs } from './request-target.ts'

const formType = 'application/x-www-form-urlencoded'
const patchType = 'application/json-patch+json'

/** What may stand in a body, by the method and where it is sent. */
export type BodyPlace = { readonly form: 'expected' | 'allowed' | 'refused'; readonly patch: boolean }

/**
 * Reads a body strictly: its size, depth, encoding and every member that stands twice are looked at before anything is made
 * of it.
 *
 * @throws HubError 415 for a type that is not read here, 400 with the places for what cannot be read, 413
 */
export function parseBody(
  context: HubContext,
  bytes: Uint8Array,
  contentType: string | undefined,
  { form, patch }: BodyPlace,
  bytesMax: number,
): HubBody | undefined {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (form !== 'refused' && mediaType === formType) return { kind: 'form', pairs: parsePairs(decodeForm(bytes)) }
  if (bytes.length === 0) return undefined
  if (form === 'expected') throw mediaTypeUnsupported(`a search is sent as ${formType}`)
  const { depthMax, issuesMax } = context.limits
  const limits = { bytesMax, depthMax, issuesMax }
  if (patch && mediaType === patchType) {
    return { kind: 'json-patch', operations: readOf(parseJson(bytes, limits)) }
  }
  const resource = parseResource(context, bytes, formatOf(contentType), limits)
  return { kind: 'resource', resource }
}

function formatOf(contentType: string | undefined): FhirFormat {
  const format = bodyFormat(contentType)
  if (format.ok) return format.value
  throw mediaTypeUnsupported('the body is of a type that is not read here', hubIssues(format.issues))
}

export function mediaTypeUnsupported(message: string, issues?: readonly HubIssue[]): HubError {
  return new HubError({
    status: 415,
    code: 'media-type-unsupported',
    category: 'unsupported',
    message,
    ...(issues === undefined ? {} : { issues }),
  })
}

function parseResource(
  { xml }: HubContext,
  bytes: Uint8Array,
  format: FhirFormat,
  limits: { readonly bytesMax: number; readonly depthMax: number; readonly issuesMax: number },
): JsonObject {
  const value: unknown = format === 'json' ? readOf(parseJson(bytes, limits)) : readOf(xml.parse(bytes, limits))
  if (isJsonObject(value)) return value
  throw new HubError({ code: 'resource-expected', category: 'incorrect', message: 'the body has to be one resource' })
}

function readOf<T>(read: ParseResult<T>): T {
  if (read.ok) return read.value
  const tooLarge = read.issues.some(({ code }) => code === 'input-too-large')
  throw new HubError({
    status: tooLarge ? 413 : 400,
    code: read.issues[0]?.code ?? 'body-invalid',
    category: 'incorrect',
    message: 'the body cannot be read',
    issues: read.issues.map(issue => {
      const [converted] = hubIssues([issue])
      const { position } = issue
      const place = position === undefined ? '' : ` (line ${position.line}, column ${position.column})`
      return {
        ...(converted ?? { severity: 'error', type: 'structure', code: issue.code, text: '' }),
        text: `${issue.text}${place}`,
      }
    }),
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeForm(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new HubError({ code: 'encoding-invalid', category: 'incorrect', message: 'the form is not UTF-8' })
  }
}
