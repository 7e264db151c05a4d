import type { CallRecord, Raw, RouteDescription } from '@samband/route'
import type { TraceResult } from '../engine-types.ts'
import type { CapabilityKinds } from './capability-kinds.ts'
import type { CallFailure, GroupOutcome, Reading, StepJob, StepOutcome, StepResult } from './route-host.ts'

/**
 * What the engine and the thread of some routes say to each other. Bytes of a whole batch travel in one buffer that is
 * handed over, not copied; a view into a shared slab would be copied with all of the slab.
 */
export type ToWorker =
  | {
      readonly kind: 'load'
      readonly route: number
      readonly file: string
      readonly capabilities: CapabilityKinds
      readonly partsMax: number
    }
  | { readonly kind: 'ready'; readonly route: number }
  | { readonly kind: 'run'; readonly route: number; readonly jobs: readonly PackedJob[]; readonly bytes: ArrayBuffer }
  | { readonly kind: 'stop'; readonly route: number }
  | ({ readonly kind: 'ask'; readonly route: number; readonly ask: number } & Question)
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'answer-failed'; readonly call: number; readonly error: PlainError }
  | { readonly kind: 'ping' }

export type FromWorker =
  | { readonly kind: 'loaded'; readonly route: number; readonly description: RouteDescription }
  | { readonly kind: 'load-failed'; readonly route: number; readonly error: PlainError }
  | {
      readonly kind: 'finished'
      readonly route: number
      readonly outcomes: readonly PackedOutcome[]
      readonly bytes: ArrayBuffer
    }
  | {
      readonly kind: 'grouped'
      readonly route: number
      readonly outcome: PackedGroup
      readonly bytes: ArrayBuffer
    }
  | { readonly kind: 'call-failed'; readonly route: number; readonly failure: CallFailure }
  | { readonly kind: 'answered'; readonly ask: number; readonly answer: unknown }
  | { readonly kind: 'ask-failed'; readonly ask: number; readonly error: PlainError }
  | {
      readonly kind: 'call'
      readonly call: number
      readonly route: number
      readonly capability: string
      readonly args: readonly unknown[]
    }
  | { readonly kind: 'pong'; readonly externalBytes: number }

/** Questions about a route that have one answer each. */
export type Question =
  | { readonly question: 'read'; readonly raws: readonly Raw[] }
  | {
      readonly question: 'trace'
      readonly messageId: number
      readonly raw: Raw
      readonly recorded: readonly CallRecord[]
    }
  | { readonly question: 'rehearse'; readonly job: StepJob }
  | { readonly question: 'group-keys'; readonly failures: readonly { readonly step: string; readonly code: string }[] }

export type Answers = {
  readonly read: readonly Reading[]
  readonly trace: TraceResult['steps']
  readonly rehearse: StepOutcome
  readonly 'group-keys': readonly string[]
}

export type PlainError = { readonly code: string; readonly category: string; readonly message: string }

type Attributes = Readonly<Record<string, string>>

export type PackedJob = {
  readonly messageId: number
  readonly at: number
  readonly length: number
  readonly receivedMs: number
  readonly attributes?: Attributes
  readonly recorded?: readonly CallRecord[]
  readonly joined?: readonly string[]
}

export type PackedResult =
  | Extract<StepResult, { kind: 'dead' }>
  | {
      readonly kind: 'outputs'
      readonly outputs: readonly {
        readonly destination: string
        readonly part: number
        readonly at: number
        readonly length: number
        readonly attributes?: Attributes
      }[]
      readonly drops: readonly { readonly step: string; readonly reason: string }[]
    }

export type PackedOutcome = Omit<StepOutcome, 'result'> & { readonly result: PackedResult }
export type PackedGroup = Omit<GroupOutcome, 'result'> & { readonly result: PackedResult }

const none: Attributes = Object.freeze({})

/** Puts bodies end to end into a buffer of their own. */
class Bytes {
  readonly #parts: Uint8Array[] = []
  #length = 0

  add({ bytes, attributes }: Raw): { at: number; length: number; attributes?: Attributes } {
    const at = this.#length
    this.#parts.push(bytes)
    this.#length += bytes.length
    return { at, length: bytes.length, ...(isEmpty(attributes) ? {} : { attributes }) }
  }

  done(): ArrayBuffer {
    const all = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      all.set(part, at)
      at += part.length
    }
    return all.buffer
  }
}

export function packJobs(jobs: readonly StepJob[]): {
  readonly jobs: readonly PackedJob[]
  readonly bytes: ArrayBuffer
} {
  const bytes = new Bytes()
  const packed = jobs.map(({ messageId, raw, receivedMs, recorded, joined }) => ({
    messageId,
    receivedMs,
    ...bytes.add(raw),
    ...(recorded === undefined ? {} : { recorded }),
    ...(joined === undefined ? {} : { joined }),
  }))
  return { jobs: packed, bytes: bytes.done() }
}

export function unpackJob(
  { messageId, receivedMs, recorded, joined, ...place }: PackedJob,
  bytes: ArrayBuffer,
): StepJob {
  return { messageId, receivedMs, raw: rawAt(place, bytes), recorded, joined }
}

/** Outcomes of messages or of groups. */
export function packOutcomes<O extends { readonly result: StepResult }>(
  outcomes: readonly O[],
): {
  readonly outcomes: readonly (Omit<O, 'result'> & { readonly result: PackedResult })[]
  readonly bytes: ArrayBuffer
} {
  const bytes = new Bytes()
  const packed = outcomes.map(outcome => {
    const { result } = outcome
    if (result.kind === 'dead') return { ...outcome, result }
    const outputs = result.outputs.map(({ destination, part, encoded }) => ({
      destination,
      part,
      ...bytes.add(encoded),
    }))
    return { ...outcome, result: { ...result, outputs } }
  })
  return { outcomes: packed, bytes: bytes.done() }
}

export function unpackOutcome<P extends { readonly result: PackedResult }>(
  outcome: P,
  bytes: ArrayBuffer,
): Omit<P, 'result'> & { readonly result: StepResult } {
  const { result } = outcome
  if (result.kind === 'dead') return { ...outcome, result }
  const outputs = result.outputs.map(({ destination, part, ...place }) => ({
    destination,
    part,
    encoded: rawAt(place, bytes),
  }))
  return { ...outcome, result: { ...result, outputs } }
}

function rawAt(
  { at, length, attributes = none }: { readonly at: number; readonly length: number; readonly attributes?: Attributes },
  bytes: ArrayBuffer,
): Raw {
  return { bytes: Buffer.from(bytes, at, length), attributes }
}

function isEmpty(attributes: Attributes): boolean {
  for (const _ in attributes) return false
  return true
}
