import { type SambandError, toSambandError } from '@samband/errors'
import { type CallRecord, recording, replaying, withTimeout } from './capabilities.ts'
import type { CallStep, DestinationNode, RouteDefinition, Step } from './graph.ts'
import type { Encoded } from './payload.ts'

/**
 * Runs the steps of a route over one item. Used by the engine, by the simulator and by the console's trace, so that
 * what is tested is what runs.
 *
 * All or nothing: outputs are released when every step of every part has ended; a step that throws fails the message as
 * a whole and nothing goes out. A pure route finishes synchronously (no promise is made); the first `call` makes the
 * rest asynchronous.
 */
export type PipelineInput = {
  readonly definition: RouteDefinition
  /** The parsed message, or Raw when the route does not parse. */
  readonly item: unknown
  readonly messageId: number
  readonly capabilities: unknown
  /** What capabilities answered when this message ran before. */
  readonly recorded?: readonly CallRecord[]
  readonly observer?: StepObserver
}

/** Sees each item after each step. */
export type StepObserver = (seen: {
  readonly step: Step
  readonly outcome: 'passed' | 'dropped' | 'failed' | 'output'
  readonly after?: unknown
  readonly text?: string
}) => void

export type Output = {
  readonly destination: DestinationNode
  /** Counts the outputs of this message for this destination, from 0. */
  readonly part: number
  readonly encoded: Encoded
}

export type PipelineResult =
  | {
      readonly ok: true
      readonly outputs: readonly Output[]
      /** Reasons of filters, in order. */
      readonly drops: readonly { readonly step: string; readonly reason: string }[]
      readonly calls: readonly CallRecord[]
    }
  | { readonly ok: false; readonly step: string; readonly error: SambandError; readonly calls: readonly CallRecord[] }

/** An item that more than one step may change is copied first, when it can be. */
type Clonable = { clone(): unknown }

class StepFailure extends Error {
  readonly step: Step
  readonly error: SambandError
  constructor(step: Step, error: SambandError) {
    super(error.message)
    this.step = step
    this.error = error
  }
}

export function runPipeline(input: PipelineInput): PipelineResult | Promise<PipelineResult> {
  const run = new PipelineRun(input)
  try {
    const pending = run.from(input.item, 0)
    if (pending === undefined) return run.finished()
    return pending.then(
      () => run.finished(),
      (thrown: unknown) => run.failed(thrown),
    )
  } catch (thrown) {
    return run.failed(thrown)
  }
}

class PipelineRun {
  readonly #input: PipelineInput
  readonly #steps: readonly Step[]
  readonly #outputs: Output[] = []
  readonly #drops: { step: string; reason: string }[] = []
  readonly #calls: CallRecord[] = []

  constructor(input: PipelineInput) {
    this.#input = input
    this.#steps = input.definition.steps
  }

  finished(): PipelineResult {
    return { ok: true, outputs: this.#outputs, drops: this.#drops, calls: this.#calls }
  }

  failed(thrown: unknown): PipelineResult {
    if (!(thrown instanceof StepFailure)) throw thrown
    this.#input.observer?.({
      step: thrown.step,
      outcome: 'failed',
      text: `${thrown.error.code}: ${thrown.error.message}`,
    })
    return { ok: false, step: thrown.step.name, error: thrown.error, calls: this.#calls }
  }

  /** Runs the steps from `index` on. Returns a promise only when a call was met. */
  from(start: unknown, startIndex: number): Promise<void> | undefined {
    let item = start
    for (let index = startIndex; index < this.#steps.length; index += 1) {
      // The loop's condition keeps the index inside.
      const step = this.#steps[index] as Step
      if (step.kind === 'call') {
        const rest = index + 1
        return this.#call(step, item).then(result => this.from(result, rest))
      }
      if (step.kind === 'split') return this.#split(step, item, index + 1)
      if (step.kind === 'filter') {
        const verdict = this.#guard(step, () => step.test(item))
        if (verdict !== true) {
          this.#drops.push({ step: step.name, reason: verdict.drop })
          this.#input.observer?.({ step, outcome: 'dropped', text: verdict.drop })
          return undefined
        }
        this.#input.observer?.({ step, outcome: 'passed' })
      } else if (step.kind === 'map') {
        item = this.#guard(step, () => step.fn(isolated(item)))
        this.#input.observer?.({ step, outcome: 'passed', after: item })
      } else {
        this.#output(step, item)
      }
    }
    return undefined
  }

  #output(node: DestinationNode, item: unknown): void {
    const encoded = this.#guard(node, () => {
      if (node.when !== undefined && !node.when(item)) return undefined
      return node.destination.encode(node.map === undefined ? item : node.map(isolated(item)))
    })
    if (encoded === undefined) {
      this.#input.observer?.({ step: node, outcome: 'dropped', text: 'its condition left this one out' })
      return
    }
    const part = this.#outputs.reduce((count, output) => (output.destination === node ? count + 1 : count), 0)
    this.#outputs.push({ destination: node, part, encoded })
    this.#input.observer?.({ step: node, outcome: 'output', after: encoded })
  }

  #split(step: Step & { kind: 'split' }, item: unknown, rest: number): Promise<void> | undefined {
    const parts = this.#guard(step, () => step.fn(isolated(item)))
    this.#input.observer?.({ step, outcome: 'passed', text: `${parts.length} parts` })
    return this.#each(parts, 0, rest)
  }

  /** Parts go one after another, so that their outputs keep the order of the split. */
  #each(parts: readonly unknown[], start: number, rest: number): Promise<void> | undefined {
    for (let at = start; at < parts.length; at += 1) {
      const pending = this.from(parts[at], rest)
      if (pending !== undefined) return pending.then(() => this.#each(parts, at + 1, rest))
    }
    return undefined
  }

  async #call(step: CallStep, item: unknown): Promise<unknown> {
    const { capabilities, recorded, messageId } = this.#input
    const own =
      recorded === undefined
        ? recording(capabilities, step.name, this.#calls)
        : replaying(capabilities, step.name, recorded, this.#calls)
    try {
      const result = await withTimeout(step.name, step.timeoutMs, signal =>
        step.fn(isolated(item), own, { messageId, signal }),
      )
      this.#input.observer?.({ step, outcome: 'passed', after: result })
      return result
    } catch (thrown) {
      throw new StepFailure(step, toSambandError(thrown, 'step-threw'))
    }
  }

  #guard<T>(step: Step, work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw new StepFailure(step, toSambandError(thrown, 'step-threw'))
    }
  }
}

function isolated(item: unknown): unknown {
  return isClonable(item) ? item.clone() : item
}

function isClonable(item: unknown): item is Clonable {
  return typeof item === 'object' && item !== null && 'clone' in item && typeof item.clone === 'function'
}
