import type { Category } from '@samband/errors'

/** 200 message type, 201 event, 202 processing id, 203 version: HL7 table 0357, "unsupported". */
const unsupportedCodes: ReadonlySet<string> = new Set(['200', '201', '202', '203'])
/** 206 record locked, 207 internal error: HL7 table 0357, nothing that is wrong with the message. */
const transientCodes: ReadonlySet<string> = new Set(['206', '207'])

/**
 * What a negative acknowledgement means for the delivery; undefined for AA and CA. ERR-3 (HL7 table 0357) decides where it is
 * present, else the code of MSA-1 by HL7 v2.5.1 §2.9.2 and §2.9.3:
 *
 * - AE: the receiving application found an error in the content: `incorrect`.
 * - AR: refused for its type, event, processing id or version, or for a reason that has nothing to do with the message
 *   (system down); most can be accepted later: `busy`.
 * - CE: could not be committed for another reason than its type, event, processing id or version: `busy`.
 * - CR: its type, event, processing id or version is not acceptable: `unsupported`.
 */
export function negativeCategory(code: string, errorCode: string | undefined): Category | undefined {
  if (code === 'AA' || code === 'CA') return undefined
  if (errorCode !== undefined) {
    if (transientCodes.has(errorCode)) return 'busy'
    if (unsupportedCodes.has(errorCode)) return code === 'AE' || code === 'CE' ? 'incorrect' : 'unsupported'
    if (/^(10\d|19[89]|204|205)$/.test(errorCode)) return 'incorrect'
  }
  switch (code) {
    case 'AR':
    case 'CE':
      return 'busy'
    case 'CR':
      return 'unsupported'
    default:
      return 'incorrect'
  }
}
