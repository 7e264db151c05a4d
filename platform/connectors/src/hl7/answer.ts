import { randomInt } from 'node:crypto'
import { categoryTable, type SambandError } from '@samband/errors'
import { type AckCode, buildAck, type ErrorDetail, type Header, isErrorCondition } from '@samband/hl7v2'

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

/** The bytes of an acknowledgement; with an error, its reason in MSA-3 and ERR. */
export function answerBytes(header: Header, code: AckCode, controlId: string, error?: SambandError): Uint8Array {
  const now = new Date()
  const init = { code, controlId, now, offsetMinutes: -now.getTimezoneOffset() }
  if (error === undefined) return buildAck(header, init).format()
  return buildAck(header, { ...init, text: error.message, errors: [errorDetail(error)] }).format()
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
