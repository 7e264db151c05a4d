import { diff, parse } from '@samband/hl7v2'
import type { OperationsClient } from '@samband/operations/client'
import type { MessageDetail, TimelineEntry } from '@samband/operations/contract'
import type { FixtureOutput, Outcome } from './fixture.ts'
import { outputName } from './compare-outcomes.ts'
import { sameBytes, startsWithMsh } from './readable-bytes.ts'

/** Enough to see what it is about. */
const pathsMax = 8

/**
 * How what was delivered differs from what the route makes of the message now: outputs and paths, never a value, as this is about
 * real people. Empty: as it went out. Undefined: nothing of it has gone out yet.
 */
export async function whatWentOut(
  client: Pick<OperationsClient, 'event'>,
  { id, timeline }: Pick<MessageDetail, 'id' | 'timeline'>,
  outcome: Outcome,
): Promise<readonly string[] | undefined> {
  const last = new Map<string, TimelineEntry>()
  for (const entry of timeline) {
    const { kind, destination, part, hasOutput } = entry
    // A later delivery of the same output (resent, edited) is what the receiver has now.
    if (kind === 'delivered' && hasOutput && destination !== null)
      last.set(outputName({ destination, number: part + 1 }), entry)
  }
  if (last.size === 0) return undefined
  const now = new Map(outcome.outputs.map(output => [outputName(output), output]))
  const differences: string[] = []
  for (const [name, { eventId }] of last) {
    const { output } = await client.event(id, eventId)
    if (output === null) continue
    const text = difference(Buffer.from(output.bytesBase64, 'base64'), now.get(name))
    if (text !== undefined) differences.push(`${name}: ${text}`)
  }
  return differences
}

function difference(before: Uint8Array, after: FixtureOutput | undefined): string | undefined {
  if (after === undefined) return 'would not go out now'
  if (sameBytes(before, after.bytes)) return undefined
  const [a, b] = [before, after.bytes].map(bytes => (startsWithMsh(bytes) ? parse(bytes) : undefined))
  if (a?.ok !== true || b?.ok !== true) return 'other bytes'
  const paths = diff(a.message, b.message).changes.map(change => change.after?.path ?? change.before?.path ?? '')
  if (paths.length === 0) return 'the same content, spelt otherwise'
  const more = paths.length > pathsMax ? ` and ${paths.length - pathsMax} more` : ''
  return `other content in ${paths.slice(0, pathsMax).join(' ')}${more}`
}
