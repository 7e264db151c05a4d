import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import { messagesOf, type SourceItem } from './message-source.ts'
import { type SendResult, sendMessages } from './send-messages.ts'
import { SendTally } from './send-summary.ts'

function message(number: number): SourceItem {
  return { kind: 'message', from: 'x', number, bytes: Buffer.from(`MSH|^~\\&|A||||||ADT^A01|${number}\r`) }
}

type Reply = { code: 'AA' | 'AE'; text?: string } | SambandError

async function sent(
  items: readonly SourceItem[],
  answer: (call: number) => Reply,
  connections = 1,
): Promise<{ results: SendResult[]; outcome: Awaited<ReturnType<typeof sendMessages>>; calls: number }> {
  const results: SendResult[] = []
  let calls = 0
  const outcome = await sendMessages({
    client: {
      send: async bytes => {
        const reply = answer(calls++)
        if (reply instanceof SambandError) throw reply
        return { bytes, code: reply.code, controlId: '', text: reply.text ?? '', errorCode: undefined }
      },
    },
    items: Readable.from(items)[Symbol.asyncIterator](),
    connections,
    onResult: result => {
      results.push(result)
    },
    signal: new AbortController().signal,
  })
  return { results, outcome, calls }
}

function trouble(category: 'unavailable' | 'busy' | 'incorrect'): SambandError {
  return new SambandError({ code: 'x', category, message: 'the reason' })
}

test('answers are counted by code and reason, with examples of what was refused', async () => {
  const { results } = await sent([message(1), message(2), message(3)], call =>
    call === 1 ? { code: 'AE', text: 'unknown patient' } : { code: 'AA' },
  )
  const tally = new SendTally()
  for (const result of results) tally.add(result)
  const { accepted, messages, answers } = tally.summary(1)
  assert.deepEqual([messages, accepted], [3, 2])
  assert.deepEqual(answers, [
    { code: 'AA', text: null, count: 2, examples: [] },
    { code: 'AE', text: 'unknown patient', count: 1, examples: ['x:2 (2)'] },
  ])
})

test('a receiver that was away for a moment gets the message after all, and once', async () => {
  const { results, calls } = await sent([message(1)], call => (call < 2 ? trouble('unavailable') : { code: 'AA' }))
  assert.equal(calls, 3)
  assert.deepEqual(
    results.map(({ code }) => code),
    ['AA'],
  )
})

test('a receiver that stays away stops the sending', async () => {
  const { results, outcome } = await sent([message(1), message(2)], () => trouble('unavailable'))
  assert.deepEqual(outcome, { stoppedBy: 'unreachable', text: 'the reason' })
  assert.deepEqual(
    results.map(({ code, number }) => [code, number]),
    [['unsent', 1]],
  )
})

test('a message that was not answered is not sent again, as the receiver may have it', async () => {
  const { results, calls } = await sent([message(1)], () => trouble('busy'))
  assert.equal(calls, 1)
  assert.deepEqual(
    results.map(({ code, accepted }) => [code, accepted]),
    [['none', false]],
  )
})

test('several connections send everything once', async () => {
  const items = Array.from({ length: 50 }, (_, index) => message(index + 1))
  const { results } = await sent(items, () => ({ code: 'AA' }), 7)
  assert.equal(new Set(results.map(({ number }) => number)).size, 50)
})

async function collected(inputs: readonly string[], raw: boolean): Promise<SourceItem[]> {
  return await Readable.from(messagesOf({ inputs, raw, stdin: process.stdin })).toArray()
}

async function readAll(name: string, content: string | Buffer, raw = false): Promise<SourceItem[]> {
  const folder = await mkdtemp(join(tmpdir(), 'samband-send-'))
  try {
    await writeFile(join(folder, name), content)
    return await collected([join(folder, name)], raw)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function texts(items: readonly SourceItem[]): string[] {
  return items.map(item => (item.kind === 'message' ? Buffer.from(item.bytes).toString('latin1') : `?${item.text}`))
}

test('JSON lines with msg or bodyBase64 are messages, and a broken line is told', async () => {
  const lines = [
    JSON.stringify({ src: 'a', msg: 'MSH|1\r' }),
    JSON.stringify({ id: 7, bodyBase64: Buffer.from('MSH|2\xe5', 'latin1').toString('base64') }),
    '{"msg": 5}',
  ]
  const found = texts(await readAll('x.jsonl', lines.join('\n')))
  assert.deepEqual(found.slice(0, 2), ['MSH|1\r', 'MSH|2\xe5'])
  assert.match(found[2] ?? '', /^\?is no JSON/)
})

test('MLLP frames are recognised by their first byte', async () => {
  assert.deepEqual(texts(await readAll('x.bin', '\x0bMSH|1\r\x1c\r\x0bMSH|2\r\x1c\r')), ['MSH|1\r', 'MSH|2\r'])
})

test('raw sends a file as it is', async () => {
  assert.deepEqual(texts(await readAll('x', 'MSH|1\rMSH|2\r\x00', true)), ['MSH|1\rMSH|2\r\x00'])
})

test('a file without a message says so', async () => {
  assert.deepEqual(texts(await readAll('x.hl7', '\n')), ['?holds no message'])
})

test('a missing file is an error of its own', async () => {
  await assert.rejects(collected(['/no/such/file'], false), { code: 'input-missing' })
})
