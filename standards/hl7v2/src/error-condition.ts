import type { Severity } from './issue.ts'

/** Error conditions of HL7 table 0357. */
export const ERROR_CONDITIONS = {
  '0': 'Message accepted',
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '104': 'Value too long',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '206': 'Application record locked',
  '207': 'Application internal error',
} as const

/** A code of HL7 table 0357. */
export type ErrorCondition = keyof typeof ERROR_CONDITIONS

export function isErrorCondition(code: string): code is ErrorCondition {
  return Object.hasOwn(ERROR_CONDITIONS, code)
}

/** One ERR segment's worth of what is wrong. */
export interface ErrorDetail {
  /** HL7 table 0357. */
  readonly code: ErrorCondition
  readonly severity?: Severity
  /** Where, as an HL7 path: `PID-3.1`, `OBX[2]`. */
  readonly path?: string
  /** For the people who run the sending system. */
  readonly text?: string
  /** The sending application's own code, ERR-5 (from v2.5). */
  readonly applicationCode?: string
}
