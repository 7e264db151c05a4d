import type { Issue } from '../issue.ts'

const strict = new TextDecoder('utf-8', { fatal: true })

/** The text of UTF-8 bytes without a byte order mark, or the issue that says which byte is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | Issue {
  try {
    return strict.decode(bytes)
  } catch {
    const offset = firstInvalidByte(bytes)
    return {
      severity: 'fatal',
      code: 'encoding-invalid',
      text: `Byte ${offset} is not UTF-8: FHIR is always sent in UTF-8`,
    }
  }
}

/** By halves: a prefix decodes when all of it is valid, or breaks off inside its last character. */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (isValidPrefix(bytes.subarray(0, middle))) valid = middle
    else invalid = middle
  }
  return valid
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    // A streaming decoder waits for the rest of a character that is cut off.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
