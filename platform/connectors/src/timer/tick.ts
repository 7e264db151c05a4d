import type { ParseOutcome, Parser } from '@samband/route'
import { z } from 'zod'

/** The body of each message that a timer submits. */
export type Tick = {
  readonly endpoint: string
  /** When the tick was due, ISO 8601 in UTC. */
  readonly due: string
  /** When it was submitted, ISO 8601 in UTC. */
  readonly at: string
}

const tickSchema: z.ZodType<Tick> = z.object({ endpoint: z.string(), due: z.iso.datetime(), at: z.iso.datetime() })

/** Reads a timer's messages: `.parse(tick()).dedupe({ key: tick => tick.due, window: '7d' })`. */
export function tick(): Parser<Tick> {
  return Object.freeze({ name: 'tick', parse: ({ bytes }: { readonly bytes: Uint8Array }) => parseTick(bytes) })
}

function parseTick(bytes: Uint8Array): ParseOutcome<Tick> {
  const parsed = tickSchema.safeParse(jsonOf(bytes))
  if (parsed.success) return { ok: true, value: parsed.data, issues: [] }
  return { ok: false, issues: [{ code: 'tick-invalid', severity: 'error', text: 'this is no message of a timer' }] }
}

/** Undefined for what is no JSON. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
