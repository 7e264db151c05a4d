import { CONTENT_TYPES, type FhirFormat, formatJson, negotiateFormat } from '@samband/fhir'
import type { Pair } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { HubError, hubIssues } from '../hub-error.ts'
import type { HubAnswer } from './hub-request.ts'
import { outcomeOf } from './outcome.ts'
import { parseStored } from './subset-text.ts'

export type Representation = { readonly format: FhirFormat; readonly pretty: boolean }

export const json: Representation = { format: 'json', pretty: false }

const acceptCharactersMax = 1_000
const negotiatedMax = 200

/** Reads how a client wants its answer (FHIR R4 http.html#mime-type). Clients send the same few headers, which are remembered. */
export class Negotiator {
  readonly #known = new Map<string, FhirFormat>()

  /** @throws HubError 406 */
  representation(query: readonly Pair[], accept: string | undefined): Representation {
    if (query.length === 0) {
      if (accept === undefined) return json
      const known = this.#known.get(accept)
      if (known !== undefined) return { format: known, pretty: false }
    }
    let format: string | undefined
    let pretty = false
    for (const [name, value] of query) {
      if (name === '_format') format = value
      else if (name === '_pretty') pretty = value === 'true'
    }
    const found = negotiated(format, accept?.slice(0, acceptCharactersMax))
    if (format === undefined && accept !== undefined && accept.length <= acceptCharactersMax) {
      if (this.#known.size >= negotiatedMax) this.#known.clear()
      this.#known.set(accept, found)
    }
    return { format: found, pretty }
  }
}

function negotiated(format: string | undefined, accept: string | undefined): FhirFormat {
  const found = negotiateFormat({ format, accept })
  if (found.ok) return found.value
  throw new HubError({
    status: 406,
    code: found.issues[0]?.code ?? 'format-unsupported',
    category: 'unsupported',
    message: 'no format that is asked for can be given',
    issues: hubIssues(found.issues),
  })
}

export type Written = { readonly contentType: string; readonly text: string }

/** The body as it is sent; undefined where there is none. Stored JSON goes out as it is. */
export function writeBody(
  context: HubContext,
  answer: Pick<HubAnswer, 'resource' | 'text'>,
  { format, pretty }: Representation,
): Written | undefined {
  const { resource, text } = answer
  if (resource === undefined && text === undefined) return undefined
  const contentType = CONTENT_TYPES[format]
  if (format === 'json' && !pretty) return { contentType, text: text ?? formatJson(resource) }
  const parsed = resource ?? parseStored(text ?? '{}')
  if (format === 'json') return { contentType, text: formatJson(parsed, { pretty }) }
  const written = context.xml.format(parsed, { pretty })
  if (written.ok) return { contentType, text: written.value }
  // What has no place in XML is still told, in the format that can.
  throw new HubError({
    status: 406,
    code: 'xml-impossible',
    category: 'unsupported',
    message: 'this cannot be written as XML; ask for JSON',
    issues: hubIssues(written.issues),
  })
}

/** A few texts, of which each format is written once: the CapabilityStatement takes a tenth of a second as XML, and is open to all. */
export class FixedBodies {
  readonly #context: HubContext
  readonly #written = new Map<string, Written>()
  #characters = 0

  constructor(context: HubContext) {
    this.#context = context
  }

  write(text: string, representation: Representation): Written | undefined {
    const { format, pretty } = representation
    if (format === 'json' && !pretty) return writeBody(this.#context, { text }, representation)
    const key = `${format} ${pretty} ${text}`
    const known = this.#written.get(key)
    if (known !== undefined) return known
    const written = writeBody(this.#context, { text }, representation)
    if (written === undefined) return undefined
    this.#characters += key.length + written.text.length
    if (this.#characters > fixedCharactersMax) {
      this.#written.clear()
      this.#characters = key.length + written.text.length
    }
    this.#written.set(key, written)
    return written
  }
}

const fixedCharactersMax = 32 * 1024 * 1024

/** An answer that says no format could be agreed on, or that the agreed one cannot hold it: in JSON. */
export function asJson(error: HubError): Written {
  return { contentType: CONTENT_TYPES.json, text: formatJson(outcomeOf(error.issues)) }
}
