import { isFieldSeparator } from './delimiters.ts'

/** What a part of a batch file is; `junk` is whatever stands before the first header. */
export type BatchPartKind = 'file-header' | 'batch-header' | 'message' | 'batch-trailer' | 'file-trailer' | 'junk'

/** A piece of a batch file with its line ends. All pieces in order are the file. */
export interface BatchPart {
  readonly kind: BatchPartKind
  readonly bytes: Uint8Array
  /** Where it starts in the file, 0-based. */
  readonly byteOffset: number
}

const CR = 0x0d
const LF = 0x0a
const VT = 0x0b
const FS = 0x1c

const KINDS: Readonly<Record<string, BatchPartKind>> = {
  FHS: 'file-header',
  BHS: 'batch-header',
  MSH: 'message',
  BTS: 'batch-trailer',
  FTS: 'file-trailer',
}

/**
 * Cuts a batch file (HL7 v2.5.1 §2.10.3), or any file of messages, at the lines that start with FHS, BHS, MSH, BTS or FTS. Works on bytes, as
 * each message has a character set of its own; the parts are views into the input. Reads each byte once.
 */
export function* splitBatch(bytes: Uint8Array): Generator<BatchPart, void, undefined> {
  let start = 0
  let kind: BatchPartKind = 'junk'
  let at = 0
  while (at < bytes.length) {
    const found = kindAt(bytes, at)
    if (found !== undefined) {
      if (at > start) yield { kind, bytes: bytes.subarray(start, at), byteOffset: start }
      start = at
      kind = found
    }
    at = nextLine(bytes, at)
  }
  if (bytes.length > start) yield { kind, bytes: bytes.subarray(start), byteOffset: start }
}

/** What the line at an index starts, or undefined. Looks at four bytes. @internal */
export function kindAt(bytes: Uint8Array, at: number): BatchPartKind | undefined {
  const last = bytes[at + 2]
  // Four of the five ids end in S or H, and few other lines do: most are passed over here.
  if (last !== 0x53 && last !== 0x48) return undefined
  const id = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, last)
  const kind = Object.hasOwn(KINDS, id) ? KINDS[id] : undefined
  const next = bytes[at + 3]
  if (kind === undefined || next === undefined) return kind
  return isBreak(next) || isFieldSeparator(String.fromCharCode(next)) ? kind : undefined
}

/** Start of the next line. MLLP's framing characters count as line ends, as files of captured frames hold them. */
function nextLine(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && !isBreak(bytes[at])) at++
  while (at < bytes.length && isBreak(bytes[at])) at++
  return at
}

/** @internal */
export function isBreak(byte: number | undefined): boolean {
  return byte === CR || byte === LF || byte === VT || byte === FS
}
