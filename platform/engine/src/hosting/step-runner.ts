import { toSambandError } from '@samband/errors'
import { defaultRetry, type PipelineResult, type RouteDefinition, runPipeline } from '@samband/route'
import { pauseMs } from '../circuit.ts'
import { KeyLanes } from '../key-lanes.ts'
import { MessageReading } from './message-reading.ts'
import type { CallFailure, StepJob, StepOutcome } from './route-host.ts'

export type StepRunnerOptions = {
  readonly definition: RouteDefinition
  readonly capabilities: unknown
  readonly finished: (outcome: StepOutcome) => void
  readonly callFailed: (failure: CallFailure) => void
}

type Work = { readonly job: StepJob; readonly item: unknown; readonly key: string | undefined }

/**
 * Runs the steps of one route over stored messages, in the thread where the route's code is.
 *
 * Messages of one key run one after another. A route without calls never waits, so its lanes never queue. A failing call
 * that may succeed later holds its lane until its attempts are used up.
 */
export class StepRunner {
  readonly #options: StepRunnerOptions
  readonly #reading: MessageReading
  readonly #lanes: KeyLanes<Work, string>
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #stopped = false

  constructor(options: StepRunnerOptions) {
    this.#options = options
    this.#reading = new MessageReading(options.definition)
    this.#lanes = new KeyLanes(
      work => this.#process(work),
      (thrown, { job, key }) => this.#bug(thrown, job, key),
    )
  }

  run(job: StepJob): void {
    const parsed = this.#reading.parse(job.raw)
    if (!parsed.ok) {
      this.#dead(job, undefined, 'parse', parsed.code, parsed.text)
      return
    }
    const key = this.#reading.key(parsed.item)
    const work = { job, item: parsed.item, key }
    if (this.#options.definition.order.kind === 'none') this.#lanes.run(`${job.messageId}`, work)
    else this.#lanes.run(key ?? '', work)
  }

  /** What waits for a call or a pause is left: its outcome never comes. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #process(work: Work): Promise<void> | undefined {
    const result = this.#pipeline(work, work.job.recorded)
    if (result instanceof Promise) return this.#later(work, result)
    this.#finish(work, result)
    return undefined
  }

  async #later(work: Work, first: Promise<PipelineResult>): Promise<void> {
    let result = await first
    for (let attempt = 1; !result.ok && result.error.retry && attempt < defaultRetry.attempts; attempt += 1) {
      const { step, error } = result
      const { messageId } = work.job
      this.#options.callFailed({ messageId, step, code: error.code, text: error.message, attempt })
      await this.#pause(pauseMs(defaultRetry, attempt))
      result = await this.#pipeline(work, result.calls)
    }
    if (!this.#stopped) this.#finish(work, result)
  }

  #pipeline({ job, item }: Work, recorded: StepJob['recorded']): PipelineResult | Promise<PipelineResult> {
    return runPipeline({
      definition: this.#options.definition,
      item,
      messageId: job.messageId,
      capabilities: this.#options.capabilities,
      ...(recorded === undefined ? {} : { recorded }),
    })
  }

  #finish({ job, key }: Work, result: PipelineResult): void {
    this.#options.finished(outcomeOf(job.messageId, key, result))
  }

  #dead(job: StepJob, key: string | undefined, step: string, code: string, text: string): void {
    this.#options.finished({ messageId: job.messageId, key, calls: [], result: { kind: 'dead', step, code, text } })
  }

  /** The pipeline turns what routes throw into results: this is a bug of ours, and the message must not be lost by it. */
  #bug(thrown: unknown, job: StepJob, key: string | undefined): void {
    const { code, message } = toSambandError(thrown, 'steps-broken')
    this.#dead(job, key, 'steps', code, message)
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, ms)
      this.#timers.add(timer)
    })
  }
}

export function outcomeOf(messageId: number, key: string | undefined, result: PipelineResult): StepOutcome {
  const { calls } = result
  if (!result.ok) {
    const { step, error } = result
    return { messageId, key, calls, result: { kind: 'dead', step, code: error.code, text: error.message } }
  }
  const outputs = result.outputs.map(({ destination, part, encoded }) => ({
    destination: destination.name,
    part,
    encoded,
  }))
  return { messageId, key, calls, result: { kind: 'outputs', outputs, drops: result.drops } }
}
