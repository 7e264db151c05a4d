import { type Message, parse, quickHeader } from '@samband/hl7v2'
import type { Description, Parser } from '@samband/route'
import { readPatientIds } from './patient-ids.ts'

export type Hl7v2ParserOptions = {
  /** Reads every message in this character set, whatever MSH-18 says. Any spelling; an unknown one throws. */
  readonly charset?: string
}

/** HL7 v2 in ER7: `.parse(hl7v2())`. What was odd about a message stays on it as issues; only what is no message fails. */
export function hl7v2(options: Hl7v2ParserOptions = {}): Parser<Message> {
  const parseOptions = options.charset === undefined ? {} : { charset: options.charset }
  // A mistyped character set fails here, when the route is loaded, not at its first message.
  parse('MSH|^~\\&|', parseOptions)
  return Object.freeze<Parser<Message>>({
    name: 'hl7v2',
    parse: raw => {
      const result = parse(raw.bytes, parseOptions)
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
