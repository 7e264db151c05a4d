import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '@samband/hl7v2'
import { inCharset } from './charset.ts'

function respelt(name: string, charset: 'ascii' | 'iso-8859-1' | 'utf-8'): string | undefined {
  const parsed = parse(`MSH|^~\\&|||||||ADT^A01|1|T|2.5.1||||||UNICODE UTF-8\rPID|1||1||${name}\r`)
  assert.ok(parsed.ok)
  const message = inCharset(parsed.message, charset)
  assert.equal(message.charset, charset === 'ascii' ? 'ascii' : charset)
  return parseAgain(message.format())
}

function parseAgain(bytes: Uint8Array): string | undefined {
  const parsed = parse(bytes)
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.issues, [])
  return parsed.message.text('PID-5.1')
}

test('Norwegian letters survive ISO 8859-1', () => {
  assert.equal(respelt('Bjørnstjerne Åsnæs', 'iso-8859-1'), 'Bjørnstjerne Åsnæs')
})

test('Sámi letters become their nearest in ISO 8859-1, á stays', () => {
  assert.equal(respelt('Šuoršá Čáppas Joŋ Đieđut', 'iso-8859-1'), 'Suorsá Cáppas Jon Diedut')
})

test('in ASCII the Norwegian letters are spelt out', () => {
  assert.equal(respelt('ØDEGÅRD SÆTHER', 'ascii'), 'OEDEGAARD SAETHER')
})

test('what no letter is near to becomes a question mark', () => {
  assert.equal(respelt('Ø 漢', 'iso-8859-1'), 'Ø ?')
})
