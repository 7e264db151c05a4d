import type { CallRecord, Description, Encoded, Raw, RouteDescription } from '@samband/route'
import type { TraceResult } from '../engine-types.ts'

/**
 * What the engine asks of a route's code, wherever that runs. The engine owns the sockets, the journal and the queues
 * and never runs a line of a route itself; what it needs to know is the description, plain data.
 */
export type RouteHost = {
  readonly description: RouteDescription
  /** '3.1.0+4f2c9a1b' */
  readonly revision: string
  /** Hands in a stored message. Its outcome comes to the listener; of one ordering key, in the order handed in. */
  readonly run: (job: StepJob) => void
  /** Everything that was under way has been handed in: from now on groups are released when their time is over. */
  readonly ready: () => void
  /** Messages handed in whose outcome has not come yet. */
  readonly underWay: number
  /** What the route's own functions say of a message, without running the steps. Same order. */
  readonly read: (raws: readonly Raw[]) => Promise<readonly Reading[]>
  /** Runs the steps without effects: capabilities answer from `recorded` or not at all. */
  readonly trace: (messageId: number, raw: Raw, recorded: readonly CallRecord[]) => Promise<TraceResult['steps']>
  /** What would go out, with the answers recorded before; for the comparison of two revisions. */
  readonly rehearse: (job: StepJob) => Promise<StepOutcome>
  /** Under which name operators find these failures. Same order. */
  readonly groupKeys: (
    failures: readonly { readonly step: string; readonly code: string }[],
  ) => Promise<readonly string[]>
  /** Takes nothing new; what waits is left for the next start. Resolves when its thread is gone. */
  readonly stop: () => Promise<void>
}

/** One stored message for the steps. */
export type StepJob = {
  readonly messageId: number
  readonly raw: Raw
  /** When it was received, epoch ms: from then on the time of a group counts. */
  readonly receivedMs: number
  /** What capabilities answered when it ran before. */
  readonly recorded?: readonly CallRecord[] | undefined
  /** What joined a group that has been released, as 'step#part'. */
  readonly joined?: readonly string[] | undefined
}

export type StepOutput = {
  readonly destination: string
  /** Counts the outputs of this message for this destination, from 0. */
  readonly part: number
  readonly encoded: Encoded
}

/** An item that waits in a group. */
export type StepJoin = { readonly step: string; readonly part: number }

/** A group was released, and what follows the aggregate has run. Accounted to its last member. */
export type GroupOutcome = {
  readonly step: string
  readonly members: readonly { readonly messageId: number; readonly part: number }[]
  /** Of the last member's message. */
  readonly key: string | undefined
  readonly priority?: number | undefined
  readonly calls: readonly CallRecord[]
  readonly result: StepResult
}

export type StepOutcome = {
  readonly messageId: number
  /** Of a route that is ordered by key; undefined: it has none. */
  readonly key: string | undefined
  /** Higher goes first; absent: routine. */
  readonly priority?: number | undefined
  readonly calls: readonly CallRecord[]
  /** Items of it that wait in groups now. */
  readonly joins: readonly StepJoin[]
  readonly result: StepResult
}

export type StepResult =
  | {
      readonly kind: 'outputs'
      readonly outputs: readonly StepOutput[]
      /** Reasons of filters, in order. */
      readonly drops: readonly { readonly step: string; readonly reason: string }[]
    }
  | { readonly kind: 'dead'; readonly step: string; readonly code: string; readonly text: string }

/** A call failed in a way that may mend: it will be tried again. */
export type CallFailure = {
  readonly messageId: number
  readonly step: string
  readonly code: string
  readonly text: string
  readonly attempt: number
}

export type HostListener = {
  readonly finished: (outcome: StepOutcome) => void
  readonly grouped: (outcome: GroupOutcome) => void
  readonly callFailed: (failure: CallFailure) => void
  /** The route's thread was stopped and started again. `messageId`: which message it was at, when that is known. */
  readonly restarted: (cause: RestartCause) => void
}

export type RestartCause = {
  readonly code: 'step-time-exceeded' | 'step-memory-exceeded' | 'route-thread-ended'
  readonly text: string
  readonly messageId: number | undefined
}

/** What a message says of itself, through the route's own functions; a function that throws says nothing. */
export type Reading = {
  readonly description: Description
  readonly key: string | undefined
  readonly dedupe: string | undefined
}
