import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { createMllpDecoder } from '@samband/hl7v2'
import { CliError, exitCodes } from '../cli/exit-codes.ts'
import { Er7Splitter } from './er7-splitter.ts'

/** One message to send, or what could not be read as one. */
export type SourceItem =
  | { readonly kind: 'message'; readonly from: string; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly from: string; readonly number: number; readonly text: string }

export type SourceOptions = {
  /** Files and folders; '-' is standard input. */
  readonly inputs: readonly string[]
  /** Each file is one message, byte for byte, whatever is in it. */
  readonly raw: boolean
  readonly stdin: Readable
}

/** Files of a folder that hold messages. A file that is named itself is read whatever its name. */
const extensions: ReadonlySet<string> = new Set(['.hl7', '.er7', '.txt', '.mllp', '.jsonl'])

/**
 * The messages of files, folders and standard input, one after another, read as a stream: HL7 v2 (one or many in a
 * file, batches with FHS, BHS, BTS and FTS around them), MLLP frames, or JSON lines with `msg` (text), `bodyBase64` or
 * the text itself. Bytes are passed on as they stand.
 *
 * @throws CliError `input-missing`
 */
export async function* messagesOf({ inputs, raw, stdin }: SourceOptions): AsyncGenerator<SourceItem> {
  for (const input of inputs) {
    if (input === '-') {
      yield* messagesOfStream('standard input', stdin, raw)
      continue
    }
    for (const file of await filesOf(input)) {
      const from = relative('.', file) === '' ? basename(file) : file
      yield* messagesOfStream(from, createReadStream(file), raw)
    }
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new CliError({
      code: 'input-missing',
      exitCode: exitCodes.notFound,
      message: `there is no file or folder ${path}`,
      cause,
    })
  })
  if (!facts.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && extensions.has(extname(entry.name).toLowerCase()))
    .map(entry => join(entry.parentPath, entry.name))
    .toSorted()
}

async function* messagesOfStream(from: string, stream: Readable, raw: boolean): AsyncGenerator<SourceItem> {
  if (raw) {
    yield { kind: 'message', from, number: 1, bytes: Buffer.concat((await stream.toArray()) as Buffer[]) }
    return
  }
  const { format, whole } = await detected(stream, from)
  if (format === 'json-lines') yield* jsonLines(from, whole)
  else if (format === 'mllp') yield* mllpFrames(from, whole)
  else yield* er7(from, whole)
}

type Format = 'er7' | 'mllp' | 'json-lines'

const vt = 0x0b
const brace = 0x7b
const quote = 0x22

/** Looks at the first byte and gives back the stream with that byte still in it. */
async function detected(stream: Readable, from: string): Promise<{ format: Format; whole: AsyncIterable<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await chunks.next()
  const start = first.done === true ? Buffer.alloc(0) : first.value
  const byte = start.find(value => value > 0x20 || value === vt)
  const format: Format =
    byte === vt ? 'mllp' : byte === brace || byte === quote || /\.jsonl$/i.test(from) ? 'json-lines' : 'er7'
  async function* whole(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
  }
  return { format, whole: whole() }
}

async function* er7(from: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceItem> {
  const splitter = new Er7Splitter()
  let number = 0
  const items = function* (parts: readonly { bytes: Buffer; message: boolean }[]): Generator<SourceItem> {
    for (const { bytes, message } of parts) {
      number += 1
      if (message) yield { kind: 'message', from, number, bytes }
      else yield { kind: 'unreadable', from, number, text: 'does not start with MSH (--raw sends it all the same)' }
    }
  }
  for await (const chunk of chunks) yield* items(splitter.push(chunk))
  yield* items(splitter.end())
  if (number === 0) yield { kind: 'unreadable', from, number: 0, text: 'holds no message' }
}

async function* mllpFrames(from: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceItem> {
  const decoder = createMllpDecoder()
  let number = 0
  const items = function* (events: ReturnType<typeof decoder.push>): Generator<SourceItem> {
    for (const event of events) {
      number += 1
      if (event.kind === 'frame') yield { kind: 'message', from, number, bytes: event.bytes }
      else yield { kind: 'unreadable', from, number, text: `MLLP framing: ${event.fault.replaceAll('-', ' ')}` }
    }
  }
  for await (const chunk of chunks) yield* items(decoder.push(chunk))
  yield* items(decoder.end())
}

async function* jsonLines(from: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceItem> {
  let number = 0
  for await (const line of createInterface({ input: Readable.from(chunks), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    number += 1
    const bytes = bytesOfLine(line)
    if (bytes === undefined) {
      yield { kind: 'unreadable', from, number, text: 'is no JSON with "msg", "bodyBase64" or a text' }
    } else {
      yield { kind: 'message', from, number, bytes }
    }
  }
}

function bytesOfLine(line: string): Buffer | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value !== 'object' || value === null) return undefined
  if ('bodyBase64' in value && typeof value.bodyBase64 === 'string') return Buffer.from(value.bodyBase64, 'base64')
  return 'msg' in value && typeof value.msg === 'string' ? Buffer.from(value.msg) : undefined
}
