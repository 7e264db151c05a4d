import { parse, readAck } from '@samband/hl7v2'
import type { AcknowledgementCode } from './acknowledge.ts'

/** A receiver's acknowledgement, as it came and as it reads. */
export type Hl7Reply = {
  readonly bytes: Uint8Array
  /** MSA-1. */
  readonly code: AcknowledgementCode
  /** MSA-2. */
  readonly controlId: string
  /** MSA-3 or the first ERR's text. Written by the receiver: it may name a patient, so it belongs in no log. */
  readonly text: string
  /** ERR-3 of the first error (HL7 table 0357), where the receiver gives one. */
  readonly errorCode: string | undefined
}

/** Undefined for what is no acknowledgement. */
export function readReply(bytes: Uint8Array): Hl7Reply | undefined {
  const parsed = parse(bytes)
  if (!parsed.ok) return undefined
  const ack = readAck(parsed.message)
  if (!ack.ok) return undefined
  const errorCode = ack.errors.find(error => error.code !== '')?.code
  return { bytes, code: ack.code, controlId: ack.controlId, text: ack.text, errorCode }
}
