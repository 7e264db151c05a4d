import { type Issue, SambandError } from '@samband/errors'
import type { BytesLike } from './endpoint.ts'
import { encodeBytes } from './endpoint.ts'
import type { RouteDefinition } from './graph.ts'
import type { Encoded, Raw } from './payload.ts'
import { runPipeline, type StepObserver } from './pipeline.ts'

export type SimulateOptions<C> = {
  readonly capabilities: C
  /** Decides what the dedupe window sees as now. */
  readonly now: Date
  readonly observer?: StepObserver
}

export type SimulatedRun = {
  readonly issues: readonly Issue[]
  /** Per destination name, in order: what would have gone out. */
  readonly delivered: Readonly<Record<string, readonly Delivered[]>>
  readonly dropped: readonly { readonly step: string; readonly reason: string }[]
  readonly duplicate: boolean
  /** The ordering key, as the engine would use it. */
  readonly key: string | undefined
  readonly failure: { readonly step: string; readonly error: SambandError } | undefined
}

export type Delivered = Encoded & {
  /** The bytes as UTF-8 text, for reading in tests. */
  readonly text: string
}

export type Simulation = {
  readonly send: (input: BytesLike) => Promise<SimulatedRun>
}

const decoder = new TextDecoder()

/** The same steps as in the engine, with no network and no database. Remembers duplicate keys between sends. */
export function simulate<C>(definition: RouteDefinition<C>, options: SimulateOptions<C>): Simulation {
  const seen = new Map<string, number>()
  let sent = 0
  return {
    async send(input) {
      sent += 1
      const raw = encodeBytes(input)
      const parsed = parseRaw(definition, raw)
      if (!parsed.ok) return failedRun(parsed.issues)
      const key = definition.order.kind === 'key' ? definition.order.key(parsed.item) : undefined
      if (isDuplicate(definition, parsed.item, seen, options.now)) {
        return { ...emptyRun(parsed.issues), duplicate: true, key }
      }
      const result = await runPipeline({
        definition: definition,
        item: parsed.item,
        messageId: sent,
        capabilities: options.capabilities,
        ...(options.observer === undefined ? {} : { observer: options.observer }),
      })
      if (!result.ok) return { ...emptyRun(parsed.issues), key, failure: { step: result.step, error: result.error } }
      const delivered: Record<string, Delivered[]> = {}
      for (const { destination, encoded } of result.outputs) {
        const list = (delivered[destination.name] ??= [])
        list.push({ ...encoded, text: decoder.decode(encoded.bytes) })
      }
      return { ...emptyRun(parsed.issues), key, delivered, dropped: result.drops }
    },
  }
}

export type ParsedRaw =
  | { readonly ok: true; readonly item: unknown; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** What the steps start from: the parsed message, or the raw bytes when the route does not parse. */
export function parseRaw(definition: RouteDefinition, raw: Raw): ParsedRaw {
  if (definition.parser === undefined) return { ok: true, item: raw, issues: [] }
  const outcome = definition.parser.parse(raw)
  return outcome.ok ? { ok: true, item: outcome.value, issues: outcome.issues } : outcome
}

function isDuplicate(definition: RouteDefinition, item: unknown, seen: Map<string, number>, now: Date): boolean {
  if (definition.dedupe === undefined) return false
  const key = definition.dedupe.key(item)
  if (key === undefined) return false
  const before = seen.get(key)
  seen.set(key, now.getTime())
  return before !== undefined && now.getTime() - before <= definition.dedupe.windowMs
}

function emptyRun(issues: readonly Issue[]): SimulatedRun {
  return { issues, delivered: {}, dropped: [], duplicate: false, key: undefined, failure: undefined }
}

function failedRun(issues: readonly Issue[]): SimulatedRun {
  const error = new SambandError({
    code: 'parse-failed',
    category: 'incorrect',
    message: 'the message cannot be parsed',
  })
  return { ...emptyRun(issues), failure: { step: 'parse', error } }
}
