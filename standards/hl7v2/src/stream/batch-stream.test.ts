import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { malformedFiles } from '../../test/corpus.ts'
import { parseBatch } from '../batch.ts'
import { splitBatch } from '../batch-splitter.ts'
import { encodeUtf8 } from '../charset.ts'
import type { BatchEvent } from './batch-reader.ts'
import { createBatchReader } from './batch-reader.ts'
import { createBatchWriter } from './batch-writer.ts'

function readAll(bytes: Uint8Array, sizes: readonly number[], options = {}): BatchEvent[] {
  const reader = createBatchReader(options)
  const events: BatchEvent[] = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    events.push(...reader.push(bytes.subarray(at, at + size)))
    at += size
  }
  return [...events, ...reader.end()]
}

function summary(events: readonly BatchEvent[]): string[] {
  return events.map(event => {
    if (event.kind === 'issue') return event.issue.code
    const text = event.kind === 'message' ? Buffer.from(event.bytes).toString('latin1') : event.segment.raw()
    return `${event.kind}@${event.byteOffset}:${text}`
  })
}

const FILE =
  'FHS|^~\\&|A\rBHS|^~\\&\rMSH|^~\\&|1\rPID|1\r\nMSH|^~\\&|2\r\rBTS|2\rBHS|^~\\&\rMSH|^~\\&|3\rBTS|7\rFTS|2\r'

describe('batch reader', () => {
  test('messages, headers and trailers come as they are complete, with what is odd', () => {
    assert.deepEqual(summary(readAll(encodeUtf8(FILE), [7])), [
      'file-header@0:FHS|^~\\&|A',
      'batch-header@11:BHS|^~\\&',
      'message@20:MSH|^~\\&|1\rPID|1\r\n',
      'message@38:MSH|^~\\&|2\r\r',
      'batch-trailer@50:BTS|2',
      'batch-header@56:BHS|^~\\&',
      'message@65:MSH|^~\\&|3\r',
      'batch-trailer@76:BTS|7',
      'batch-count-mismatch',
      'file-trailer@82:FTS|2',
    ])
  })

  test('however the stream is cut, the events are the same, and the messages those of splitBatch', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'FHS|^~\\&\r',
        'BHS|^~\\&\n',
        'MSH|^~\\&|x\r',
        'PID|1\r\n',
        'BTS|1\r',
        'FTS|1\r',
        'MSH',
        '\r',
        '\x0b',
        '\x1c\r',
        'BT',
        'S|',
        ' ',
        'MSHX\r',
      ),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(pieces, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (parts, sizes) => {
        const bytes = encodeUtf8(parts.join(''))
        const whole = summary(readAll(bytes, [1_000_000]))
        assert.deepEqual(summary(readAll(bytes, sizes)), whole)
        const messages = [...splitBatch(bytes)].filter(({ kind }) => kind === 'message')
        assert.deepEqual(
          whole.filter(event => event.startsWith('message@')),
          messages.map(part => `message@${part.byteOffset}:${Buffer.from(part.bytes).toString('latin1')}`),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('the issues are those of parseBatch, but for those of the messages themselves', () => {
    const codes = (issues: readonly { code: string }[]): string[] =>
      issues
        .map(({ code }) => code)
        .filter(code => code !== 'batch-message-invalid')
        .sort()
    for (const { bytes } of malformedFiles()) {
      const issues = readAll(bytes, [64]).flatMap(event => (event.kind === 'issue' ? [event.issue] : []))
      assert.deepEqual(codes(issues), codes(parseBatch(bytes).issues))
    }
  })

  test('a message above the limit is passed over in bounded memory, and the next one read', () => {
    const bytes = encodeUtf8(`MSH|^~\\&|1\rMSH|^~\\&|big\r${'NTE|x\r'.repeat(5000)}MSH|^~\\&|3\r`)
    const reader = createBatchReader({ bytesMax: 1000 })
    const events: BatchEvent[] = []
    for (let at = 0; at < bytes.length; at += 100) {
      events.push(...reader.push(bytes.subarray(at, at + 100)))
      assert.ok(reader.bufferedBytes <= 1100)
    }
    assert.deepEqual(summary([...events, ...reader.end()]), [
      'message@0:MSH|^~\\&|1\r',
      'input-too-large',
      `message@${bytes.length - 11}:MSH|^~\\&|3\r`,
    ])
  })

  test('a batch file of 100 MB streams in less than 150 MB, its messages parsed', () => {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, '../../test/stream-batch.ts'), '100'], {
      encoding: 'utf8',
    })
    assert.equal(run.status, 0, run.stderr)
    // The test's own script prints this shape.
    const { messages, maxRssMegabytes } = JSON.parse(run.stdout) as { messages: number; maxRssMegabytes: number }
    assert.ok(messages > 100_000, `${messages} messages`)
    assert.ok(maxRssMegabytes < 150, `${maxRssMegabytes} MB`)
  })
})

describe('batch writer', () => {
  test('what it writes, the reader reads without an issue', () => {
    const writer = createBatchWriter()
    const bytes = Buffer.concat([
      writer.openFile({ 3: 'Lab & co', 11: 'F1' }),
      writer.openBatch({ 3: 'LAB' }),
      writer.message(encodeUtf8('MSH|^~\\&|1\rPID|1')),
      writer.message(encodeUtf8('\x0bMSH|^~\\&|2\r\x1c\r')),
      writer.closeBatch({ 2: 'all' }),
      writer.openBatch(),
      writer.closeBatch(),
      writer.closeFile(),
    ])
    assert.equal(
      bytes.toString(),
      'FHS|^~\\&|Lab \\T\\ co||||||||F1\rBHS|^~\\&|LAB\rMSH|^~\\&|1\rPID|1\rMSH|^~\\&|2\rBTS|2|all\rBHS|^~\\&\rBTS|0\rFTS|2\r',
    )
    assert.ok(!readAll(bytes, [10]).some(({ kind }) => kind === 'issue'))
  })

  test('what is out of order, or is not one message, is refused', () => {
    const writer = createBatchWriter()
    assert.throws(() => writer.message(encodeUtf8('MSH|^~\\&|1\r')), { code: 'batch-invalid' })
    assert.throws(() => writer.closeFile(), { code: 'batch-invalid' })
    writer.openBatch()
    assert.throws(() => writer.openBatch(), { code: 'batch-invalid' })
    assert.throws(() => writer.message(encodeUtf8('PID|1')), { code: 'batch-invalid' })
    assert.throws(() => writer.message(encodeUtf8('MSH|^~\\&|1\rBTS|1\r')), { code: 'batch-invalid' })
    assert.throws(() => writer.closeBatch({ x: 'y' }), { code: 'path-invalid' })
  })
})
