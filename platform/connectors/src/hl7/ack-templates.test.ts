import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AckCode, buildAck, quickHeader } from '@samband/hl7v2'
import fc from 'fast-check'
import { AckTemplates } from './ack-templates.ts'

const now = new Date('2026-01-31T12:00:00Z')

function assertSame(templates: AckTemplates, message: Uint8Array, code: AckCode): void {
  const header = quickHeader(message)
  const built = buildAck(header, { code, controlId: 'X1', now, offsetMinutes: -now.getTimezoneOffset() }).format()
  const filled = templates.bytes(header, code, 'X1', now)
  assert.equal(Buffer.from(filled).toString('latin1'), Buffer.from(built).toString('latin1'))
}

test('a filled-in template is what buildAck builds, first and later, whatever the header', () => {
  const templates = new AckTemplates()
  const field = fc.oneof(
    fc.constantFrom(
      '',
      'EHR',
      'LIS^1.2.3^ISO',
      'a\\T\\b',
      '""',
      'Å',
      'SAMBANDACKCONTROLID',
      '19700101000000+0000',
      'x~y',
      'x&y',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  )
  const start = fc.constantFrom('MSH|^~\\&|', 'MSH|^~\\&#|', 'MSH#*!?%#', 'MSH|^~|', 'MSH|+-\\&|')
  const charset = fc.constantFrom('', 'UNICODE UTF-8', '8859/1', 'ASCII', 'klingon')
  fc.assert(
    fc.property(start, fc.array(field, { minLength: 10, maxLength: 14 }), charset, (begin, fields, declared) => {
      const separator = begin.charAt(3)
      const padded = [...fields, '', '', '', '', ''].slice(0, 15)
      for (const encoding of ['utf8', 'latin1'] as const) {
        const message = Buffer.from(`${begin}${[...padded, declared].join(separator)}\r`, encoding)
        assertSame(templates, message, 'AA')
        assertSame(templates, message, 'CA')
      }
    }),
    { numRuns: 500 },
  )
})

test('the same header with other ids and later times uses its template', () => {
  const templates = new AckTemplates()
  for (const id of ['1', 'a-b.c_d:e', 'MSG 1', 'x\\F\\y', 'x&y', '']) {
    assertSame(templates, Buffer.from(`MSH|^~\\&|A|B|C|D|||ADT^A01|${id}|P|2.5\r`), 'AA')
  }
  const header = quickHeader(Buffer.from('MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5\r'))
  const later = new Date(now.getTime() + 1_000)
  assert.notDeepEqual(templates.bytes(header, 'AA', 'X1', later), templates.bytes(header, 'AA', 'X1', now))
})

test('senders that change every header do not fill the memory, and are still answered', () => {
  const templates = new AckTemplates()
  for (let index = 0; index < 2_500; index++) {
    assertSame(templates, Buffer.from(`MSH|^~\\&|A${index}|B|C|D|||ADT^A01|1|P|2.5\r`), 'AA')
  }
})
