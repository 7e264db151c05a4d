import { type Issue, SambandError, toSambandError } from '@samband/errors'
import { AggregateState, type ReleasedGroup } from './aggregate-state.ts'
import { CallCaches } from './call-cache.ts'
import { type Duration, durationMs } from './duration.ts'
import type { BytesLike } from './endpoint.ts'
import { encodeBytes } from './endpoint.ts'
import type { Priority, RouteDefinition } from './graph.ts'
import type { Encoded, Raw } from './payload.ts'
import { continuePipeline, type Joined, type PipelineResult, runPipeline, type StepObserver } from './pipeline.ts'

export type SimulateOptions<C> = {
  readonly capabilities: C
  /** What the route sees as now: for duplicates, groups and cached answers. `advance` moves it on. */
  readonly now: Date
  readonly observer?: StepObserver
}

export type SimulatedRun = {
  readonly issues: readonly Issue[]
  /** Per destination name, in order: what would have gone out, that of groups which this completed included. */
  readonly delivered: Readonly<Record<string, readonly Delivered[]>>
  readonly dropped: readonly { readonly step: string; readonly reason: string }[]
  /** What waits in a group now, or has just completed one. */
  readonly joined: readonly Omit<Joined, 'item'>[]
  /** Groups that went on. */
  readonly released: readonly SimulatedGroup[]
  readonly duplicate: boolean
  /** The ordering key, as the engine would use it. */
  readonly key: string | undefined
  readonly priority: Priority
  readonly failure: { readonly step: string; readonly error: SambandError } | undefined
}

export type SimulatedGroup = Pick<ReleasedGroup, 'step' | 'key' | 'reason'> & { readonly members: number }

export type Delivered = Encoded & {
  /** The bytes as UTF-8 text, for reading in tests. */
  readonly text: string
  /** Which child of the splits it comes from: '2', '2.1'. */
  readonly child?: string
}

export type Simulation = {
  readonly send: (input: BytesLike) => Promise<SimulatedRun>
  /** Lets time pass: releases the groups whose time is over. */
  readonly advance: (duration: Duration) => Promise<SimulatedRun>
}

const decoder = new TextDecoder()

/** The same steps as in the engine, with no network and no database. Remembers duplicate keys and groups between sends. */
export function simulate<C>(definition: RouteDefinition<C>, options: SimulateOptions<C>): Simulation {
  const seen = new Map<string, number>()
  const groups = new AggregateState(definition)
  let nowMs = options.now.getTime()
  const context = {
    definition,
    capabilities: options.capabilities,
    caches: new CallCaches(() => nowMs),
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  }
  let sent = 0
  const goOn = async (released: readonly ReleasedGroup[], run: Collected): Promise<void> => {
    for (const group of released) {
      const { step, key, reason, members } = group
      run.released.push({ step, key, reason, members: members.length })
      collect(run, await continuePipeline({ ...context, messageId: members.at(-1)?.messageId ?? 0, group }))
    }
  }
  return {
    async send(input) {
      sent += 1
      const run = collected()
      const parsed = parseRaw(definition, encodeBytes(input))
      if (!parsed.ok) return { ...run, issues: parsed.issues, failure: notParsed() }
      const { item, issues } = parsed
      const key = definition.order.kind === 'key' ? definition.order.key(item) : undefined
      const duplicate = isDuplicate(definition, item, seen, nowMs)
      const facts = { issues, key, duplicate, priority: definition.priority?.(item) ?? 'routine' }
      if (duplicate) return { ...run, ...facts }
      const result = await runPipeline({ ...context, item, messageId: sent })
      collect(run, result)
      if (result.ok) await goOn(join(groups, result.joined, sent, nowMs, run), run)
      return { ...run, ...facts }
    },
    async advance(duration) {
      nowMs += durationMs(duration)
      const run = collected()
      await goOn(groups.due(nowMs), run)
      return run
    },
  }
}

type Collected = SimulatedRun & {
  readonly delivered: Record<string, Delivered[]>
  readonly dropped: { readonly step: string; readonly reason: string }[]
  readonly joined: Omit<Joined, 'item'>[]
  readonly released: SimulatedGroup[]
  failure: SimulatedRun['failure']
}

function collected(): Collected {
  return {
    issues: [],
    delivered: {},
    dropped: [],
    joined: [],
    released: [],
    duplicate: false,
    key: undefined,
    priority: 'routine',
    failure: undefined,
  }
}

function collect(run: Collected, result: PipelineResult): void {
  if (!result.ok) {
    run.failure ??= { step: result.step, error: result.error }
    return
  }
  for (const { destination, encoded, child } of result.outputs) {
    const list = (run.delivered[destination.name] ??= [])
    const text = decoder.decode(encoded.bytes)
    list.push(child === undefined ? { ...encoded, text } : { ...encoded, text, child })
  }
  run.dropped.push(...result.drops)
  for (const { item: _item, ...joined } of result.joined) run.joined.push(joined)
}

function join(
  groups: AggregateState,
  joined: readonly Joined[],
  messageId: number,
  receivedMs: number,
  run: Collected,
): readonly ReleasedGroup[] {
  const released: ReleasedGroup[] = []
  for (const { step, key, part, item } of joined) {
    try {
      const group = groups.join(step, key, { messageId, part, item, receivedMs })
      if (group !== undefined) released.push(group)
    } catch (thrown) {
      run.failure ??= { step, error: toSambandError(thrown) }
    }
  }
  return released
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

function isDuplicate(definition: RouteDefinition, item: unknown, seen: Map<string, number>, nowMs: number): boolean {
  if (definition.dedupe === undefined) return false
  const key = definition.dedupe.key(item)
  if (key === undefined) return false
  const before = seen.get(key)
  seen.set(key, nowMs)
  return before !== undefined && nowMs - before <= definition.dedupe.windowMs
}

function notParsed(): NonNullable<SimulatedRun['failure']> {
  const message = 'the message cannot be parsed'
  return { step: 'parse', error: new SambandError({ code: 'parse-failed', category: 'incorrect', message }) }
}
