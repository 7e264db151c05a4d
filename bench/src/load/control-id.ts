/**
 * Control ids of the bench's messages: 'C0012-00000345' is message 345 of connection 12. Always as wide, so that they are
 * patched into prepared bytes and read back from them without a string.
 */
export const controlIdBytes = 14

const connectionDigits = 4
const indexDigits = 8
const connectionAt = 1
const indexAt = connectionAt + connectionDigits + 1
const zero = 0x30
const letterC = 0x43
const hyphen = 0x2d

export const connectionsMax: number = 10 ** connectionDigits - 1
export const indexMax: number = 10 ** indexDigits - 1

export function writeControlId(target: Uint8Array, at: number, connection: number, index: number): void {
  target[at] = letterC
  writeDigits(target, at + connectionAt, connectionDigits, connection)
  target[at + indexAt - 1] = hyphen
  writeDigits(target, at + indexAt, indexDigits, index)
}

/** The connection of the control id that begins there; -1 when there is none. */
export function connectionAtId(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== letterC || bytes[at + indexAt - 1] !== hyphen) return -1
  return readDigits(bytes, at + connectionAt, connectionDigits)
}

/** The message's number within its connection; -1 when there is none. */
export function indexAtId(bytes: Uint8Array, at: number): number {
  return readDigits(bytes, at + indexAt, indexDigits)
}

export function writeDigits(target: Uint8Array, at: number, digits: number, value: number): void {
  let left = value
  for (let position = at + digits - 1; position >= at; position -= 1) {
    target[position] = zero + (left % 10)
    left = Math.trunc(left / 10)
  }
}

function readDigits(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let position = at; position < at + digits; position += 1) {
    const digit = (bytes[position] ?? 0) - zero
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
