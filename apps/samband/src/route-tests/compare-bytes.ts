import { diff, formatDiff, parse } from '@samband/hl7v2'
import { loadDictionary } from '@samband/hl7v2/dictionary'
import { jsonChanges } from './json-changes.ts'
import { isJson, plainText, sameBytes, startsWithMsh } from './readable-bytes.ts'

export type BytesComparison = {
  /** How they were compared. */
  readonly as: 'hl7' | 'json' | 'text' | 'bytes'
  /** A line per difference; they hold what the messages hold. */
  readonly lines: readonly string[]
}

/** How what was expected and what came differ, in the terms of what they are; undefined when no byte does. */
export async function compareBytes(before: Uint8Array, after: Uint8Array): Promise<BytesComparison | undefined> {
  if (sameBytes(before, after)) return undefined
  return (await asHl7(before, after)) ?? asJson(before, after) ?? asText(before, after) ?? asBytes(before, after)
}

async function asHl7(before: Uint8Array, after: Uint8Array): Promise<BytesComparison | undefined> {
  if (!startsWithMsh(before) || !startsWithMsh(after)) return undefined
  const [a, b] = [parse(before), parse(after)]
  if (!a.ok || !b.ok) return undefined
  const changes = diff(a.message, b.message)
  if (!changes.equal) {
    const dictionary = await loadDictionary(b.message.version)
    return { as: 'hl7', lines: formatDiff(changes, { dictionary }).trimEnd().split('\n') }
  }
  const charsets = a.message.charset === b.message.charset ? '' : ` (${a.message.charset} → ${b.message.charset})`
  return { as: 'hl7', lines: [`the same content, spelt otherwise: escapes, line ends, character set${charsets}`] }
}

function asJson(before: Uint8Array, after: Uint8Array): BytesComparison | undefined {
  const [a, b] = [plainText(before), plainText(after)]
  if (a === undefined || b === undefined || !isJson(a) || !isJson(b)) return undefined
  const lines = jsonChanges(JSON.parse(a), JSON.parse(b))
  return { as: 'json', lines: lines.length > 0 ? lines : ['the same content, written otherwise'] }
}

/** Further differences would be told after the first, and would follow from it. */
const linesAfterFirst = 3

function asText(before: Uint8Array, after: Uint8Array): BytesComparison | undefined {
  const [a, b] = [plainText(before)?.split('\n'), plainText(after)?.split('\n')]
  if (a === undefined || b === undefined) return undefined
  const at = a.findIndex((line, index) => line !== b[index])
  const first = at === -1 ? a.length : at
  const shown = (sign: string, lines: readonly string[]): string[] =>
    lines.slice(first, first + linesAfterFirst).map(line => `${sign} ${line}`)
  return { as: 'text', lines: [`line ${first + 1}:`, ...shown('-', a), ...shown('+', b)] }
}

function asBytes(before: Uint8Array, after: Uint8Array): BytesComparison {
  const length = Math.min(before.length, after.length)
  let at = 0
  while (at < length && before[at] === after[at]) at += 1
  const sizes = before.length === after.length ? '' : `, ${before.length} → ${after.length} bytes`
  return { as: 'bytes', lines: [`from byte ${at + 1} on${sizes}`] }
}
