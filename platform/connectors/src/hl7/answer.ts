import { randomInt } from 'node:crypto'
import { categoryTable, type SambandError } from '@samband/errors'
import { type AckCode, buildAck, type ErrorDetail, type Header, isErrorCondition, quickHeader } from '@samband/hl7v2'

const noBytes = new Uint8Array(0)

/**
 * Control ids of our own acknowledgements: unique over restarts and processes by the time of the start and a random part,
 * within the 20 characters that HL7 v2.5.1 gives MSH-10.
 */
export function createControlIds(startedAt: number): () => string {
  const prefix = `${startedAt.toString(36)}${randomInt(36 ** 3)
    .toString(36)
    .padStart(3, '0')}`.toUpperCase()
  let count = 0
  return () => `${prefix}${(++count).toString(36).toUpperCase()}`
}

/** The bytes of a negative acknowledgement: its reason in MSA-3 and ERR. */
export function negativeAnswer(header: Header, code: AckCode, controlId: string, error: SambandError): Uint8Array {
  const now = new Date()
  const errors = [errorDetail(error)]
  return buildAck(header, {
    code,
    controlId,
    now,
    offsetMinutes: -now.getTimezoneOffset(),
    text: error.message,
    errors,
  }).format()
}

/** An acknowledgement with the recommended delimiters and nothing of the header but the control id, where that is plain text. */
export function plainAnswer(header: Header, code: AckCode, controlId: string): Uint8Array {
  const original = /^[\w .:-]{0,199}$/.test(header.controlId) ? header.controlId : ''
  return buildAck({ ...quickHeader(noBytes), controlId: original }, { code, controlId, now: new Date() }).format()
}

function errorDetail(error: SambandError): ErrorDetail {
  const { hl7ErrorCode } = categoryTable[error.category]
  return {
    code: isErrorCondition(hl7ErrorCode) ? hl7ErrorCode : '207',
    severity: 'error',
    text: error.message,
    applicationCode: error.code,
  }
}
