import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatNdjsonLine, type NdjsonLimits, type NdjsonLine, readNdjson } from '../index.ts'

async function lines(chunks: readonly Uint8Array[], limits?: NdjsonLimits): Promise<NdjsonLine[]> {
  const all: NdjsonLine[] = []
  for await (const line of readNdjson(chunks, limits)) all.push(line)
  return all
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('resources come back line by line, wherever the bytes were cut', async () => {
  const names = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 1, max: 20 }), async (all, size) => {
      const resources = all.map(family => ({ resourceType: 'Patient', name: [{ family }] }))
      const whole = bytes(resources.map(formatNdjsonLine).join(''))
      const chunks: Uint8Array[] = []
      for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size))
      const read = await lines(chunks)
      assert.deepEqual(
        read,
        resources.map((value, index) => ({ ok: true, lineNumber: index + 1, value })),
      )
    }),
  )
})

test('the last line may lack its end, lines may end as on Windows, and empty ones say nothing', async () => {
  const read = await lines([bytes('{"a":1}\r\n\r\n \n{"a":2}')])
  assert.deepEqual(
    read.map(line => [line.lineNumber, line.ok]),
    [
      [1, true],
      [4, true],
    ],
  )
})

test('a line that cannot be read is told, and the next is read', async () => {
  const read = await lines([bytes('{"a":1}\n{"a":\n{"a":3}\n')])
  assert.deepEqual(
    read.map(({ ok }) => ok),
    [true, false, true],
  )
  assert.ok(read[1]?.ok === false && read[1].issues[0]?.code === 'json-invalid')
})

test('a line that is too long is told without being kept', async () => {
  const read = await lines([bytes('{"a":"'), bytes('x'.repeat(1000)), bytes('"}\n{"a":2}\n')], { lineBytesMax: 100 })
  assert.deepEqual(
    read.map(line => (line.ok ? 'ok' : line.issues[0]?.code)),
    ['input-too-large', 'ok'],
  )
})
