import { type DataClass, leavesOf, type Message, type RedactionReport } from '@samband/hl7v2'
import type { Fixture } from './fixture.ts'
import { hl7Text } from './readable-bytes.ts'

/** A value that redaction took out of a message. Kept in memory only. */
export type Replaced = { readonly path: string; readonly text: string }

const tellsWho: ReadonlySet<DataClass> = new Set(['name', 'person', 'identifier', 'phone'])

/** Shorter ones are found everywhere, and tell nothing. */
const charactersMin = 5
const digitsMin = 6

/** Names and identifiers that stood in the message before and do not stand in the same place after. */
export function replacedValues(before: Message, after: Message, { redacted }: RedactionReport): readonly Replaced[] {
  const fields = redacted.filter(({ as }) => tellsWho.has(as)).map(({ path }) => path)
  const now = new Map([...leavesOf(after)].map(({ path, text }) => [path, text]))
  return [...leavesOf(before)].filter(({ path, text }) => {
    const min = /^\d+$/.test(text) ? digitsMin : charactersMin
    if (text.length < min || now.get(path) === text) return false
    return fields.some(field => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`))
  })
}

/**
 * Where a fixture still holds a value that was replaced: redaction missed it, or the route or a capability put it back. Names files and
 * paths, never the value. The last look before anything is written.
 */
export function leftovers(fixture: Fixture, replaced: readonly Replaced[]): readonly string[] {
  const { input, facts, expected } = fixture
  const { outputs, ...judgement } = expected
  const places: (readonly [string, string])[] = [
    ['the input', readable(input.bytes)],
    ['fixture.json', JSON.stringify(facts)],
    ['expected.json', JSON.stringify([judgement, outputs.map(({ attributes }) => attributes)])],
    ...outputs.map(({ destination, bytes }) => [`the output for ${destination}`, readable(bytes)] as const),
  ]
  return places.flatMap(([place, text]) => {
    const paths = replaced.filter(one => holds(text, one.text)).map(({ path }) => path)
    return paths.length === 0 ? [] : [`${place} still holds what stood in ${[...new Set(paths)].join(' ')}`]
  })
}

function readable(bytes: Uint8Array): string {
  return hl7Text(bytes) ?? Buffer.from(bytes).toString('utf8')
}

/** As a word of its own: 'Berg' is not in 'Bergen'. */
function holds(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    const around = `${text.slice(Math.max(at - 1, 0), at)}|${text.slice(at + value.length, at + value.length + 1)}`
    if (!/[\p{L}\p{N}]/u.test(around)) return true
  }
  return false
}
