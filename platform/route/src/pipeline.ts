import { SambandError } from '@samband/errors'
import type { ReleasedGroup } from './aggregate-state.ts'
import type { CallCaches } from './call-cache.ts'
import type { CallRecord } from './capabilities.ts'
import type { AggregateStep, DestinationNode, RouteDefinition, Step } from './graph.ts'
import type { Encoded } from './payload.ts'
import { PipelineRun, type Rest } from './pipeline-run.ts'

/**
 * Runs the steps of a route over one item. Used by the engine, by the simulator and by the console's trace, so that
 * what is tested is what runs.
 *
 * All or nothing: outputs are released when every step of every part has ended; a step that throws fails the message as
 * a whole and nothing goes out. A pure route finishes synchronously (no promise is made); the first `call` makes the
 * rest asynchronous.
 */
export type PipelineInput = PipelineContext & {
  /** The parsed message, or Raw when the route does not parse. */
  readonly item: unknown
}

export type PipelineContext = {
  readonly definition: RouteDefinition
  readonly messageId: number
  readonly capabilities: unknown
  /** What capabilities answered when this message ran before. */
  readonly recorded?: readonly CallRecord[]
  /** Without it calls that may be cached ask every time. */
  readonly caches?: CallCaches
  readonly observer?: StepObserver
}

/** What goes on behind an aggregate. */
export type ContinueInput = PipelineContext & {
  readonly group: Pick<ReleasedGroup, 'step' | 'members'>
  /**
   * What the outputs' part numbers begin with, per destination. One message may have outputs of its own and of several
   * groups that are accounted to it, and no two for one destination may have the same number, nor another one after a
   * crash. So: (`part` of the member to which this group is accounted + 1) times the most parts that a message may have.
   */
  readonly partBase?: number
  /** Marks the recorded answers of this run, when those of several are kept under one message: 'group-1'. */
  readonly child?: string
}

/** Sees each item after each step. */
export type StepObserver = (seen: {
  readonly step: Step
  readonly outcome: 'passed' | 'dropped' | 'failed' | 'output'
  readonly after?: unknown
  readonly text?: string
  /** Which child of the splits it is, counted from 1: '2', in a split of that '2.1'. Absent without a split. */
  readonly child?: string
}) => void

export type Output = {
  readonly destination: DestinationNode
  /** Counts the outputs of this message for this destination, from 0. */
  readonly part: number
  readonly encoded: Encoded
  /** Which child of the splits it comes from, counted from 1: '2', '2.1'. Absent without a split. */
  readonly child?: string
}

/** An item that waits for others. It goes on in a run of its own when its group is released. */
export type Joined = {
  /** Name of the aggregate step. */
  readonly step: string
  readonly key: string
  /** Counts the items of this message that join groups, whichever step they are at, from 0. */
  readonly part: number
  readonly child?: string
  readonly item: unknown
}

export type PipelineResult =
  | {
      readonly ok: true
      readonly outputs: readonly Output[]
      /** Items that ended at an aggregate: the message is not settled before their groups are. */
      readonly joined: readonly Joined[]
      /** Reasons of filters and choices, in order. */
      readonly drops: readonly { readonly step: string; readonly reason: string }[]
      readonly calls: readonly CallRecord[]
    }
  | { readonly ok: false; readonly step: string; readonly error: SambandError; readonly calls: readonly CallRecord[] }

export function runPipeline(input: PipelineInput): PipelineResult | Promise<PipelineResult> {
  const run = new PipelineRun(input)
  try {
    const pending = run.from(input.item, input.definition.steps, 0, undefined, '')
    return pending === undefined ? run.finished() : later(run, pending)
  } catch (thrown) {
    return run.failed(thrown)
  }
}

/** Runs what follows an aggregate over what the group becomes. All or nothing, as `runPipeline`. */
export function continuePipeline(input: ContinueInput): PipelineResult | Promise<PipelineResult> {
  const found = stepsBehind(input.definition.steps, undefined, input.group.step)
  if (found === undefined) throw stepUnknown(input.group.step)
  const run = new PipelineRun(input, input.partBase)
  try {
    const items = input.group.members.map(({ item }) => item)
    const child = input.child ?? ''
    const { steps, index, rest } = found.behind
    const pending = run.from(run.combined(found.step, items, child), steps, index, rest, child)
    return pending === undefined ? run.finished() : later(run, pending)
  } catch (thrown) {
    return run.failed(thrown)
  }
}

function later(run: PipelineRun, pending: Promise<void>): Promise<PipelineResult> {
  return pending.then(
    () => run.finished(),
    (thrown: unknown) => run.failed(thrown),
  )
}

type Found = { readonly step: AggregateStep; readonly behind: Rest }

function stepsBehind(steps: readonly Step[], rest: Rest | undefined, name: string): Found | undefined {
  for (const [at, step] of steps.entries()) {
    const behind: Rest = { steps, index: at + 1, rest }
    if (step.kind === 'aggregate' && step.name === name) return { step, behind }
    if (step.kind !== 'choice') continue
    const branches = [...step.branches.map(branch => branch.steps), 'drop' in step.otherwise ? [] : step.otherwise]
    for (const branch of branches) {
      const found = stepsBehind(branch, behind, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function stepUnknown(name: string): SambandError {
  return new SambandError({
    code: 'step-unknown',
    category: 'fault',
    message: `the route has no aggregate "${name}": its group belongs to another revision`,
  })
}
