import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { formatJson, parseJson } from '@samband/fhir'
import { parse } from '@samband/hl7v2'

/**
 * Whole messages, kept as text with a line per segment so that people can read and compare them. `UPDATE_FIXTURES=1`
 * writes what a route delivers now into the expected ones: read the difference before you commit it.
 */
const folder = new URL('../routes/fixtures/', import.meta.url)

/** The message as it goes over the wire: CR between segments, bytes in the character set that MSH-18 declares. */
export function fixture(name: string): Uint8Array {
  const parsed = parse(readFileSync(new URL(name, folder), 'utf8').replaceAll('\n', '\r'))
  assert.ok(parsed.ok, `${name} is no message`)
  assert.deepEqual(parsed.issues, [], `${name} has issues`)
  return parsed.message.format()
}

/** Fails when the bytes, read in the character set that they declare, are not the fixture. */
export function assertFixture(bytes: Uint8Array | undefined, name: string): void {
  assert.ok(bytes, `nothing was delivered for ${name}`)
  const parsed = parse(bytes)
  assert.ok(parsed.ok, `${name}: what was delivered is no message`)
  assert.deepEqual(parsed.issues, [])
  const text = parsed.message.toString().replaceAll('\r', '\n')
  const file = new URL(name, folder)
  if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}

/** The same for FHIR: kept with a line for each value, and decimals as they are written. */
export function assertFhirFixture(bytes: Uint8Array | undefined, name: string): void {
  assert.ok(bytes, `nothing was delivered for ${name}`)
  const parsed = parseJson(bytes)
  assert.ok(parsed.ok, `${name}: what was delivered is no JSON`)
  const text = `${formatJson(parsed.value, { pretty: true })}\n`
  const file = new URL(name, folder)
  if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}
