import { toSambandError } from '@samband/errors'
import { CallCaches, defaultRetry, type PipelineResult, type RouteDefinition, runPipeline } from '@samband/route'
import { pauseMs } from '../circuit.ts'
import { KeyLanes } from '../key-lanes.ts'
import { GroupRunner, priorityOf } from './group-runner.ts'
import { MessageReading } from './message-reading.ts'
import type { CallFailure, GroupOutcome, StepJob, StepJoin, StepOutcome, StepResult } from './route-host.ts'
import { resultOf } from './step-result.ts'

export type StepRunnerOptions = {
  readonly definition: RouteDefinition
  readonly capabilities: unknown
  /** Parts that one message may become. */
  readonly partsMax: number
  readonly finished: (outcome: StepOutcome) => void
  readonly grouped: (outcome: GroupOutcome) => void
  readonly callFailed: (failure: CallFailure) => void
}

type Work = {
  readonly job: StepJob
  readonly item: unknown
  readonly key: string | undefined
  readonly priority: number | undefined
}

const noJoins: readonly StepJoin[] = Object.freeze([])

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
  readonly #groups: GroupRunner | undefined
  readonly #caches: CallCaches = new CallCaches(() => performance.now())
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #stopped = false

  constructor(options: StepRunnerOptions) {
    this.#options = options
    this.#reading = new MessageReading(options.definition)
    this.#groups = GroupRunner.for({ ...options, caches: this.#caches })
    this.#lanes = new KeyLanes(
      work => this.#process(work),
      (thrown, work) => this.#bug(thrown, work),
    )
  }

  run(job: StepJob): void {
    const { definition } = this.#options
    const parsed = this.#reading.parse(job.raw)
    if (!parsed.ok) {
      const result = { kind: 'dead', step: 'parse', code: parsed.code, text: parsed.text } as const
      this.#end({ job, item: undefined, key: undefined, priority: undefined }, [], noJoins, result)
      return
    }
    const key = this.#reading.key(parsed.item)
    const work = { job, item: parsed.item, key, priority: priorityOf(definition, parsed.item) }
    this.#lanes.run(definition.order.kind === 'none' ? `${job.messageId}` : (key ?? ''), work)
  }

  /** Everything that was under way has been handed in. */
  ready(): void {
    this.#groups?.ready()
  }

  /** What waits for a call, a pause or a group is left: its outcome never comes. */
  stop(): void {
    this.#stopped = true
    this.#groups?.stop()
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
      caches: this.#caches,
      ...(recorded === undefined ? {} : { recorded }),
    })
  }

  #finish(work: Work, result: PipelineResult): void {
    if (!result.ok || result.joined.length === 0 || this.#groups === undefined) {
      return this.#end(work, result.calls, noJoins, resultOf(result))
    }
    try {
      const joins = this.#groups.join(work.job, work.key, result.joined)
      this.#end(
        work,
        result.calls,
        joins.map(({ step, part }) => ({ step, part })),
        resultOf(result),
      )
    } catch (thrown) {
      const { code, message } = toSambandError(thrown)
      const step = result.joined[0]?.step ?? 'aggregate'
      this.#end(work, result.calls, noJoins, { kind: 'dead', step, code, text: message })
    }
  }

  /** The pipeline turns what routes throw into results: this is a bug of ours, and the message must not be lost by it. */
  #bug(thrown: unknown, work: Work): void {
    const { code, message } = toSambandError(thrown, 'steps-broken')
    this.#end(work, [], noJoins, { kind: 'dead', step: 'steps', code, text: message })
  }

  #end(
    { job, key, priority }: Work,
    calls: StepOutcome['calls'],
    joins: readonly StepJoin[],
    result: StepResult,
  ): void {
    const { messageId } = job
    this.#options.finished({ messageId, key, ...(priority === undefined ? {} : { priority }), calls, joins, result })
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
