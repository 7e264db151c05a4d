import { codecOf, encodeUtf8 } from '../charset.ts'
import { splitBatch } from '../batch-splitter.ts'
import { DELIMITERS_DEFAULT, formatEncodingCharacters } from '../delimiters.ts'
import type { ElementValue } from '../element-value.ts'
import { Hl7Error } from '../hl7-error.ts'
import type { Message } from '../message.ts'
import { MessageContext } from '../message-context.ts'
import { parseFieldPath } from '../path.ts'
import { Segment } from '../segment.ts'

/** Fields of a header or trailer by number or path, `{ 3: 'LAB', 7: '20260131' }`; the delimiters and counts are the writer's. */
export interface BatchFields {
  readonly [path: string]: ElementValue
}

/** Writes a batch file piece by piece; each call gives the bytes to append. What is out of order throws `Hl7Error` `batch-invalid`. */
export interface BatchWriter {
  /** FHS. May be left out. */
  openFile(fields?: BatchFields): Uint8Array
  /** BHS. */
  openBatch(fields?: BatchFields): Uint8Array
  /** A message with its line end. Bytes must be one message, and nothing that a reader would take for two. */
  message(message: Message | Uint8Array): Uint8Array
  /** BTS with the number of messages. */
  closeBatch(fields?: BatchFields): Uint8Array
  /** FTS with the number of batches. */
  closeFile(fields?: BatchFields): Uint8Array
}

/** A writer of one file, with the recommended delimiters and in UTF-8 around the messages, which keep their own. */
export function createBatchWriter(): BatchWriter {
  return new Writer()
}

/**
 * The writer's states: `outside` (before the first and after the last line, or in a file without FHS between batches), `file` (after FHS),
 * `batch` (after BHS). FHS leads from outside to file, BHS from either to batch, BTS back to where it came from, FTS outside.
 */
class Writer implements BatchWriter {
  #state: 'outside' | 'file' | 'batch' = 'outside'
  #inFile = false
  #messages = 0
  #batches = 0

  openFile(fields: BatchFields = {}): Uint8Array {
    this.#expect('outside', 'FHS')
    this.#state = 'file'
    this.#inFile = true
    this.#batches = 0
    return header('FHS', fields)
  }

  openBatch(fields: BatchFields = {}): Uint8Array {
    this.#expect(this.#inFile ? 'file' : 'outside', 'BHS')
    this.#state = 'batch'
    this.#messages = 0
    this.#batches++
    return header('BHS', fields)
  }

  message(message: Message | Uint8Array): Uint8Array {
    this.#expect('batch', 'a message')
    const content = 'format' in message ? message.format() : message
    const bytes = unframed(content)
    const parts = [...splitBatch(bytes)]
    if (parts.length !== 1 || parts[0]?.kind !== 'message') {
      throw new Hl7Error('batch-invalid', 'What is added to a batch must be one message that begins with MSH')
    }
    this.#messages++
    const last = bytes.at(-1)
    if (last === 0x0d || last === 0x0a) return bytes
    const ended = new Uint8Array(bytes.length + 1)
    ended.set(bytes)
    ended[bytes.length] = 0x0d
    return ended
  }

  closeBatch(fields: BatchFields = {}): Uint8Array {
    this.#expect('batch', 'BTS')
    this.#state = this.#inFile ? 'file' : 'outside'
    return trailer('BTS', this.#messages, fields)
  }

  closeFile(fields: BatchFields = {}): Uint8Array {
    this.#expect('file', 'FTS')
    this.#state = 'outside'
    this.#inFile = false
    return trailer('FTS', this.#batches, fields)
  }

  #expect(state: 'outside' | 'file' | 'batch', what: string): void {
    if (this.#state !== state) throw new Hl7Error('batch-invalid', `${what} cannot stand here`)
  }
}

/** Without the framing that a captured message may have kept. */
function unframed(bytes: Uint8Array): Uint8Array {
  let start = 0
  let end = bytes.length
  while (bytes[start] === 0x0b) start++
  if (bytes.indexOf(0x1c) < 0) return bytes.subarray(start)
  while (end > start && (bytes[end - 1] === 0x1c || bytes[end - 1] === 0x0d || bytes[end - 1] === 0x0a)) end--
  return bytes.subarray(start, end)
}

function header(id: 'FHS' | 'BHS', fields: BatchFields): Uint8Array {
  const { field } = DELIMITERS_DEFAULT
  return line(id, id + field + formatEncodingCharacters(DELIMITERS_DEFAULT), fields)
}

function trailer(id: 'BTS' | 'FTS', count: number, fields: BatchFields): Uint8Array {
  return line(id, `${id}|${count}`, fields)
}

function line(id: string, start: string, fields: BatchFields): Uint8Array {
  const segment = new Segment(
    id,
    start,
    0,
    start.length,
    '\r',
    new MessageContext(DELIMITERS_DEFAULT, 'utf-8', codecOf('utf-8'), true),
  )
  for (const [written, value] of Object.entries(fields)) {
    const path = parseFieldPath(written)
    if (path === undefined) throw new Hl7Error('path-invalid', `'${written}' is no path within ${id}`, written)
    segment.set(path, value)
  }
  return encodeUtf8(`${segment.rawAll}\r`)
}
