import type { Issue } from '../issue.ts'
import { formatJson } from '../json/format-json.ts'
import type { ReadLimits } from '../json/limits.ts'
import { parseJson } from '../json/parse-json.ts'
import type { JsonValue } from '../json/strict-json.ts'

/** One line of NDJSON: what it holds, or why it could not be read. Lines are counted from 1; empty ones are passed over. */
export type NdjsonLine =
  | { readonly ok: true; readonly lineNumber: number; readonly value: JsonValue }
  | { readonly ok: false; readonly lineNumber: number; readonly issues: readonly Issue[] }

export interface NdjsonLimits extends Partial<ReadLimits> {
  /** Largest line in bytes. */
  readonly lineBytesMax?: number
}

/** 16 MB. */
export const NDJSON_LINE_BYTES_MAX_DEFAULT: number = 16 * 1024 * 1024

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * Reads NDJSON (bulk data's files) as its bytes arrive, in pieces cut anywhere. A line that cannot be read is told and the next one goes
 * on; of a line that is too long only the beginning is kept in memory.
 */
export async function* readNdjson(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: NdjsonLimits = {},
): AsyncGenerator<NdjsonLine> {
  const splitter = new LineSplitter(limits.lineBytesMax ?? NDJSON_LINE_BYTES_MAX_DEFAULT)
  for await (const chunk of chunks) {
    for (const line of splitter.push(chunk)) yield* readLine(line, limits)
  }
  const last = splitter.end()
  if (last !== undefined) yield* readLine(last, limits)
}

/** One line of NDJSON with its end. JSON has no line end inside, whatever the resource holds. */
export function formatNdjsonLine(resource: unknown): string {
  return `${formatJson(resource)}\n`
}

interface Line {
  readonly lineNumber: number
  /** Nothing where the line was longer than allowed. */
  readonly bytes: Uint8Array | undefined
}

function* readLine({ lineNumber, bytes }: Line, limits: NdjsonLimits): Generator<NdjsonLine> {
  if (bytes === undefined) {
    const text = `The line is longer than ${limits.lineBytesMax ?? NDJSON_LINE_BYTES_MAX_DEFAULT} bytes`
    yield { ok: false, lineNumber, issues: [{ severity: 'fatal', code: 'input-too-large', text }] }
    return
  }
  if (isBlank(bytes)) return
  const parsed = parseJson(bytes, limits)
  yield parsed.ok ? { ok: true, lineNumber, value: parsed.value } : { ok: false, lineNumber, issues: parsed.issues }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0x20 || byte === 0x09 || byte === RETURN)
}

/** Cuts bytes into lines. */
class LineSplitter {
  readonly #lineBytesMax: number
  #parts: Uint8Array[] = []
  #bytes = 0
  #isTooLong = false
  #lineNumber = 1

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  *push(chunk: Uint8Array): Generator<Line> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      yield this.#take()
      start = end + 1
    }
    // The caller may use the chunk's memory again.
    this.#keep(chunk.slice(start))
  }

  end(): Line | undefined {
    return this.#bytes === 0 && !this.#isTooLong ? undefined : this.#take()
  }

  #keep(part: Uint8Array): void {
    if (this.#isTooLong || part.length === 0) return
    if (this.#bytes + part.length > this.#lineBytesMax) {
      this.#isTooLong = true
      this.#parts = []
      return
    }
    this.#parts.push(part)
    this.#bytes += part.length
  }

  #take(): Line {
    const line: Line = {
      lineNumber: this.#lineNumber++,
      bytes: this.#isTooLong ? undefined : joined(this.#parts, this.#bytes),
    }
    this.#parts = []
    this.#bytes = 0
    this.#isTooLong = false
    return line
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
