/**
 * The closed set of error categories of the whole platform, and the one table that says what each means at every
 * edge. The category alone decides whether a failure is retried; no caller looks at error texts.
 *
 * Sources: HTTP status RFC 9110 §15; OperationOutcome codes FHIR R4 valueset-issue-type; acknowledgement codes
 * HL7 v2.5.1 table 0008 and error codes table 0357; DIMSE status PS3.7 annex C.
 */
export const categories = [
  'incorrect',
  'not-found',
  'conflict',
  'forbidden',
  'unsupported',
  'busy',
  'unavailable',
  'fault',
] as const

export type Category = (typeof categories)[number]

export type LogLevel = 'info' | 'warn' | 'error'

export type CategoryFacts = {
  readonly meaning: string
  readonly httpStatus: number
  /** FHIR R4 `OperationOutcome.issue.code`. */
  readonly outcomeCode: string
  /** Original-mode acknowledgement code, HL7 table 0008. */
  readonly ackCode: 'AE' | 'AR'
  /** Enhanced-mode accept acknowledgement code, HL7 table 0008. */
  readonly acceptCode: 'CE' | 'CR'
  /** Error condition code, HL7 table 0357 (ERR-3). */
  readonly hl7ErrorCode: string
  /** DIMSE status, PS3.7 annex C. */
  readonly dicomStatus: number
  readonly logLevel: LogLevel
  /** Whether trying the same thing again later can succeed. */
  readonly retry: boolean
}

export const categoryTable: { readonly [C in Category]: CategoryFacts } = {
  incorrect: {
    meaning: 'the content is wrong; sending it again changes nothing',
    httpStatus: 400,
    outcomeCode: 'invalid',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '102',
    dicomStatus: 0xa900,
    logLevel: 'warn',
    retry: false,
  },
  'not-found': {
    meaning: 'what is referred to does not exist',
    httpStatus: 404,
    outcomeCode: 'not-found',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '204',
    dicomStatus: 0x0112,
    logLevel: 'warn',
    retry: false,
  },
  conflict: {
    meaning: 'it contradicts what is already there',
    httpStatus: 409,
    outcomeCode: 'conflict',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '205',
    dicomStatus: 0x0111,
    logLevel: 'warn',
    retry: false,
  },
  forbidden: {
    meaning: 'the caller may not do this',
    httpStatus: 403,
    outcomeCode: 'forbidden',
    ackCode: 'AR',
    acceptCode: 'CR',
    hl7ErrorCode: '207',
    dicomStatus: 0x0124,
    logLevel: 'warn',
    retry: false,
  },
  unsupported: {
    meaning: 'this kind of content or operation is not handled here',
    httpStatus: 422,
    outcomeCode: 'not-supported',
    ackCode: 'AR',
    acceptCode: 'CR',
    hl7ErrorCode: '200',
    dicomStatus: 0x0122,
    logLevel: 'warn',
    retry: false,
  },
  busy: {
    meaning: 'the other side answers but cannot take it now',
    httpStatus: 429,
    outcomeCode: 'throttled',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '206',
    dicomStatus: 0xa700,
    logLevel: 'warn',
    retry: true,
  },
  unavailable: {
    meaning: 'the other side cannot be reached',
    httpStatus: 503,
    outcomeCode: 'transient',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '207',
    dicomStatus: 0xa700,
    logLevel: 'warn',
    retry: true,
  },
  fault: {
    meaning: 'a bug or a broken machine on our side',
    httpStatus: 500,
    outcomeCode: 'exception',
    ackCode: 'AE',
    acceptCode: 'CE',
    hl7ErrorCode: '207',
    dicomStatus: 0x0110,
    logLevel: 'error',
    retry: false,
  },
}
