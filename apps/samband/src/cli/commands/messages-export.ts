import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { BodyView, MessageSummary } from '@samband/operations/contract'
import type { OperationsClient } from '@samband/operations/client'
import {
  type Command,
  type CommonOptions,
  Option,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { usageError } from '../exit-codes.ts'
import { type FilterOptions, searchOf, withFilters } from '../filters.ts'
import type { Output } from '../output.ts'

type ExportOptions = CommonOptions &
  FilterOptions & { readonly to: string; readonly format: 'jsonl' | 'hl7' | 'mllp' | 'files'; readonly limit?: number }

const pageRows = 200
const bodiesAtOnce = 8

export function addExport(messages: Command): void {
  const command = withConnection(
    withFilters(
      messages
        .command('export')
        .summary('contents of messages, to a file or a folder')
        .description(
          'Writes the contents of the messages that are found, newest first. Every content that is read is audited. What comes out is patient data: keep it as such. "samband send" reads every format back.',
        ),
    )
      .requiredOption('--out <place>', 'a file, - for standard output, or a folder with --format files')
      .addOption(
        new Option(
          '--format <format>',
          'jsonl: headers and body in base64, a line each; hl7: one after another; mllp: framed; files: one .hl7 each',
        )
          .choices(['jsonl', 'hl7', 'mllp', 'files'])
          .default('jsonl'),
      )
      .option('--limit <n>', 'so many at most', positive),
  )
  serverAction<Omit<ExportOptions, 'to'> & { readonly out: string; readonly to?: string }>(
    command,
    async (client, { out, ...options }, output) => {
      if (out === '-' && options.format === 'files') throw usageError('--format files needs a folder')
      const sink = await openSink(out, options.format, output)
      let count = 0
      for await (const page of pages(client, options)) {
        for (let at = 0; at < page.length; at += bodiesAtOnce) {
          const part = page.slice(at, at + bodiesAtOnce)
          const bodies = await Promise.all(part.map(({ id }) => client.body(id)))
          for (const [index, summary] of part.entries()) {
            const body = bodies[index]
            if (body !== undefined) await sink.add(summary, body)
          }
          count += part.length
          output.progress(`  ${count} messages`)
        }
      }
      await sink.close()
      output.progress('')
      output.note(`${count} messages written to ${out === '-' ? 'standard output' : out}.`)
    },
  )
  withExamples(command, [
    { line: 'samband messages export --route lab-results --from 1d --out results.jsonl', text: 'A day, with headers' },
    { line: 'samband messages export --status dead --format files --out dead/', text: 'A file each' },
    {
      line: 'samband messages export --type ADT^A08 --format mllp --out - | samband send - --to mllp://test:2575',
      text: 'From here to a test system',
    },
  ])
}

async function* pages(
  client: OperationsClient,
  options: FilterOptions & { readonly limit?: number },
): AsyncGenerator<readonly MessageSummary[]> {
  const search = await searchOf(options)
  let left = options.limit ?? Number.POSITIVE_INFINITY
  let cursor: string | undefined
  do {
    const page = await client.searchMessages({
      ...search,
      limit: Math.min(pageRows, left),
      ...(cursor === undefined ? {} : { cursor }),
    })
    yield page.items
    left -= page.items.length
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && left > 0)
}

type Sink = {
  readonly add: (summary: MessageSummary, body: BodyView) => Promise<void>
  readonly close: () => Promise<void>
}

async function openSink(out: string, format: ExportOptions['format'], output: Output): Promise<Sink> {
  if (format === 'files') {
    await mkdir(out, { recursive: true, mode: 0o700 })
    return {
      add: async ({ id }, { bytesBase64 }) =>
        await writeFile(join(out, `${id}.hl7`), Buffer.from(bytesBase64, 'base64'), { mode: 0o600 }),
      close: async () => {},
    }
  }
  const encode = encoders[format]
  if (out === '-') return { add: async (...entry) => await output.write(encode(...entry)), close: async () => {} }
  const file = createWriteStream(out, { mode: 0o600 })
  return {
    add: (...entry) =>
      new Promise((resolve, reject) => {
        file.write(encode(...entry), error => (error == null ? resolve() : reject(error)))
      }),
    close: async () => {
      file.end()
      await finished(file)
    },
  }
}

const frameStart = Buffer.from([0x0b])
const frameEnd = Buffer.from([0x1c, 0x0d])
const lineEnd = Buffer.from('\r')

const encoders: Readonly<Record<'jsonl' | 'hl7' | 'mllp', (summary: MessageSummary, body: BodyView) => Uint8Array>> = {
  jsonl: (summary, { bytesBase64, charset, attributes }) => {
    const { id, receivedAt, route, revision, type, controlId, peer, status } = summary
    const row = { id, receivedAt, route, revision, type, controlId, peer, status, charset, attributes }
    return Buffer.from(`${JSON.stringify({ ...row, bodyBase64: bytesBase64 })}\n`)
  },
  hl7: (_summary, { bytesBase64 }) => {
    const bytes = Buffer.from(bytesBase64, 'base64')
    const last = bytes.at(-1)
    // The next message must begin on a line of its own.
    return last === 0x0d || last === 0x0a ? bytes : Buffer.concat([bytes, lineEnd])
  },
  mllp: (_summary, { bytesBase64 }) => Buffer.concat([frameStart, Buffer.from(bytesBase64, 'base64'), frameEnd]),
}
