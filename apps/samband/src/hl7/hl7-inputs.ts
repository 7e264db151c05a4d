import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fromJson, type Issue, MESSAGE_JSON_FORMAT, type Message, parse, type ParseResult } from '@samband/hl7v2'
import { parseXml } from '@samband/hl7v2/xml'
import { messagesOf, type SourceItem } from '../send/message-source.ts'

/** A message of an input, or why there is none. */
export type Hl7Input =
  | {
      readonly kind: 'message'
      readonly from: string
      readonly number: number
      readonly message: Message
      /** What was odd about it, but did not keep it from being read. */
      readonly issues: readonly Issue[]
    }
  | { readonly kind: 'unreadable'; readonly from: string; readonly number: number; readonly text: string }

/** Enough to tell the forms apart. */
const sniffedCharacters = 256

/**
 * The messages of files, folders and standard input (`-`) in every form that Samband writes: ER7 (one or many in a file, batches, MLLP frames,
 * JSON lines around it) as a stream, the XML encoding, and the JSON form (one, or one a line).
 *
 * @throws CliError `input-missing`
 */
export async function* hl7Inputs(inputs: readonly string[], stdin: Readable): AsyncGenerator<Hl7Input> {
  for (const input of inputs) {
    const isFolder = input !== '-' && (await stat(input).catch(() => undefined))?.isFile() !== true
    if (isFolder) {
      // A folder, or what is not there, which messagesOf says.
      yield* parsed(messagesOf({ inputs: [input], raw: false, stdin }))
      continue
    }
    const from = input === '-' ? 'standard input' : input
    const { start, whole } = await sniffed(input === '-' ? stdin : createReadStream(input))
    if (/^[\s\ufeff\0]*</.test(start)) yield item(from, 1, parseXml(await bytesOf(whole)))
    else if (start.includes(`"${MESSAGE_JSON_FORMAT}"`)) yield* jsonForms(from, await bytesOf(whole))
    else {
      for await (const part of parsed(messagesOf({ inputs: ['-'], raw: false, stdin: Readable.from(whole) }))) {
        yield { ...part, from }
      }
    }
  }
}

async function* parsed(items: AsyncIterable<SourceItem>): AsyncGenerator<Hl7Input> {
  for await (const part of items) {
    yield part.kind === 'message' ? item(part.from, part.number, parse(part.bytes)) : part
  }
}

function item(from: string, number: number, result: ParseResult): Hl7Input {
  if (result.ok) return { kind: 'message', from, number, message: result.message, issues: result.issues }
  return { kind: 'unreadable', from, number, text: result.issues.map(({ text }) => text).join('; ') }
}

/** One form, laid out as somebody likes it, or one a line. */
function* jsonForms(from: string, bytes: Uint8Array): Generator<Hl7Input> {
  const text = new TextDecoder().decode(bytes)
  const whole = jsonOf(text)
  if (whole !== undefined) {
    yield item(from, 1, fromJson(whole))
    return
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = jsonOf(line)
    if (value === undefined) yield { kind: 'unreadable', from, number: index + 1, text: 'is no JSON' }
    else yield item(from, index + 1, fromJson(value))
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The first characters of a stream, and the stream with them still in it. */
async function sniffed(stream: Readable): Promise<{ start: string; whole: AsyncIterable<Buffer> }> {
  // Both streams that come here are of bytes.
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await chunks.next()
  const start = first.done === true ? Buffer.alloc(0) : first.value
  async function* whole(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
  }
  return {
    start: start
      .subarray(0, sniffedCharacters)
      .toString('latin1')
      .replace(/^\xef\xbb\xbf|^\xff\xfe|^\xfe\xff/, ''),
    whole: whole(),
  }
}

async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
