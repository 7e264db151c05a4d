import { extname } from 'node:path'
import { type KeyedHash, parse, redact, type RedactionReport, type RedactionRule } from '@samband/hl7v2'
import { loadDictionary } from '@samband/hl7v2/dictionary'
import type { Raw } from '@samband/route'
import { type Replaced, replacedValues } from './leftovers.ts'

export type RedactionSettings = {
  readonly keyedHash: KeyedHash
  readonly rules: readonly RedactionRule[]
  /** Fields that neither a rule nor the dictionary covers: emptied unless this is set. */
  readonly keepUncovered: boolean
}

export type RedactedMessage =
  | {
      readonly ok: true
      readonly raw: Raw
      readonly type: string
      readonly report: RedactionReport
      readonly replaced: readonly Replaced[]
    }
  /** Not HL7 v2, or not readable as such: nobody knows where in it a patient is. */
  | { readonly ok: false }

/** The message with stable pseudonyms and moved dates, and without what its transport said of it that may tell who it is about. */
export async function redactMessage(raw: Raw, settings: RedactionSettings): Promise<RedactedMessage> {
  // As the route's parser reads it, whatever its MSH-18 says.
  const charset = raw.attributes['hl7.charset']
  const parsed = parse(raw.bytes, charset === undefined ? {} : { charset })
  if (!parsed.ok) return { ok: false }
  const { message, report } = redact(parsed.message, {
    dictionary: await loadDictionary(parsed.message.version),
    keyedHash: settings.keyedHash,
    rules: settings.rules,
    uncovered: settings.keepUncovered ? 'keep' : 'clear',
    // Dates of events point at people nearly as well as dates of birth; the time between them stays.
    moveDates: true,
  })
  return {
    ok: true,
    raw: { bytes: message.format(), attributes: redactAttributes(raw.attributes) },
    type: message.type,
    report,
    replaced: replacedValues(parsed.message, message, report),
  }
}

/** What a transport says that comes from the deployment, not from the sender. */
const keptAttributes: ReadonlySet<string> = new Set(['hl7.charset', 'http.path', 'http.header.content-type'])

/** File names and headers are made by senders, who like to put patients into them. An extension stays: routes look at it. */
export function redactAttributes(attributes: Raw['attributes']): Raw['attributes'] {
  const entries = Object.entries(attributes).map(([name, value]): readonly [string, string] => {
    if (keptAttributes.has(name)) return [name, value]
    const extension = name.startsWith('file.') ? extname(value) : ''
    return [name, `redacted${/^\.[a-z0-9]{1,8}$/i.test(extension) ? extension : ''}`]
  })
  return Object.fromEntries(entries)
}
