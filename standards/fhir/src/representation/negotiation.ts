import type { ParseResult } from '../json/parse-json.ts'

/** The formats that are read and written. */
export type FhirFormat = 'json' | 'xml'

/** What a response in a format calls itself (FHIR R4 http.html#mime-type). */
export const CONTENT_TYPES: Readonly<Record<FhirFormat, string>> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
}

const FORMATS: Readonly<Record<string, FhirFormat>> = {
  json: 'json',
  'application/json': 'json',
  'application/fhir+json': 'json',
  'text/json': 'json',
  xml: 'xml',
  'application/xml': 'xml',
  'application/fhir+xml': 'xml',
  'text/xml': 'xml',
  // Of the drafts, and still sent.
  'application/json+fhir': 'json',
  'application/xml+fhir': 'xml',
}

/** Types that ask for FHIR in no format of their own. */
const WILDCARDS: Readonly<Record<string, FhirFormat | undefined>> = {
  '*/*': undefined,
  'application/*': undefined,
  'text/*': undefined,
}

const VERSION = /^4\.0(\.\d+)?$/
/** Longer headers are not read to their end. */
const RANGES_MAX = 50

export interface FormatRequest {
  /** The `_format` parameter: it wins over the header. */
  readonly format?: string | undefined
  /** The `Accept` header. */
  readonly accept?: string | undefined
  /** What is given where anything is accepted. JSON where this is absent. */
  readonly preferred?: FhirFormat
}

/**
 * The format of a response (FHIR R4 http.html#parameters, RFC 9110 §12.5.1). An issue, for 406 Not Acceptable, where nothing that is asked
 * for can be given: another format, or another version of FHIR (`fhirVersion=5.0`).
 */
export function negotiateFormat({ format, accept, preferred = 'json' }: FormatRequest): ParseResult<FhirFormat> {
  if (format !== undefined && format !== '') {
    // A + that was not escaped in a query has become a space.
    const { type, version } = mediaType(format.trim().replace(/^(application\/fhir) /, '$1+'))
    const found = FORMATS[type]
    if (found === undefined) return refused('_format asks for a format that is not written here: json and xml are')
    return version === undefined || VERSION.test(version) ? { ok: true, value: found } : refusedVersion()
  }
  if (accept === undefined || accept.trim() === '') return { ok: true, value: preferred }
  let best: { readonly format: FhirFormat; readonly quality: number } | undefined
  let isOtherVersion = false
  for (const range of accept.split(',').slice(0, RANGES_MAX)) {
    const { type, quality, version } = mediaType(range)
    const isWildcard = Object.hasOwn(WILDCARDS, type)
    const found = isWildcard ? preferred : FORMATS[type]
    if (found === undefined || quality === 0) continue
    if (version !== undefined && !VERSION.test(version)) isOtherVersion = true
    else if (best === undefined || quality > best.quality) best = { format: found, quality }
  }
  if (best !== undefined) return { ok: true, value: best.format }
  return isOtherVersion
    ? refusedVersion()
    : refused('Accept asks for no format that is written here: application/fhir+json and application/fhir+xml are')
}

/** The format of a request's body by its `Content-Type`. An issue, for 415 Unsupported Media Type, where it is another, or none is told. */
export function bodyFormat(contentType: string | undefined): ParseResult<FhirFormat> {
  const { type, version } = mediaType(contentType ?? '')
  const found = FORMATS[type]
  if (found === undefined || !type.includes('/'))
    return refused('Content-Type is none that is read here: application/fhir+json and application/fhir+xml are')
  return version === undefined || VERSION.test(version) ? { ok: true, value: found } : refusedVersion()
}

interface MediaType {
  readonly type: string
  readonly quality: number
  readonly version: string | undefined
}

function mediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim())
  let quality = 1
  let version: string | undefined
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = parameter.slice(0, equals).trim().toLowerCase()
    const value = parameter
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    if (name === 'q') quality = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : 0
    else if (name === 'fhirversion') version = value
  }
  return { type: type.toLowerCase(), quality, version }
}

function refused(text: string): ParseResult<never> {
  return { ok: false, issues: [{ severity: 'error', code: 'format-unsupported', text }] }
}

function refusedVersion(): ParseResult<never> {
  return {
    ok: false,
    issues: [{ severity: 'error', code: 'version-unsupported', text: 'Only FHIR 4.0 is spoken here' }],
  }
}
