import { type Message, parse, quickHeader } from '@samband/hl7v2'
import type { Description, Parser } from '@samband/route'
import { charsetAttribute } from '../hl7/charset-attribute.ts'
import { readPatientIds } from './patient-ids.ts'

export type Hl7v2ParserOptions = {
  /** Reads every message in this character set, whatever MSH-18 and its endpoint say. Any spelling; an unknown one throws. */
  readonly charset?: string
}

/** HL7 v2 in ER7: `.parse(hl7v2())`. What was odd about a message stays on it as issues; only what is no message fails. */
export function hl7v2(options: Hl7v2ParserOptions = {}): Parser<Message> {
  // A mistyped character set fails here, when the route is loaded, not at its first message.
  if (options.charset !== undefined) parse('MSH|^~\\&|', { charset: options.charset })
  return Object.freeze<Parser<Message>>({
    name: 'hl7v2',
    parse: raw => {
      const charset = options.charset ?? raw.attributes[charsetAttribute]
      const result = parse(raw.bytes, charset === undefined ? {} : { charset })
      return result.ok
        ? { ok: true, value: result.message, issues: result.issues }
        : { ok: false, issues: result.issues }
    },
    describe,
  })
}

function describe(bytes: Uint8Array): Description {
  const header = quickHeader(bytes)
  if (!header.recognised) return {}
  const patientIds = readPatientIds(bytes, header.delimiters)
  return {
    ...(header.type === '' ? {} : { type: header.type }),
    ...(header.controlId === '' ? {} : { controlId: header.controlId }),
    ...(patientIds.length === 0 ? {} : { patientIds }),
  }
}
