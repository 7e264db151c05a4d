import {
  AggregateState,
  type CallCaches,
  continuePipeline,
  flatSteps,
  type Joined,
  type PipelineResult,
  priorityRank,
  type ReleasedGroup,
  type RouteDefinition,
} from '@samband/route'
import { toSambandError } from '@samband/errors'
import type { GroupOutcome, StepJob } from './route-host.ts'
import { resultOf } from './step-result.ts'

export type GroupRunnerOptions = {
  readonly definition: RouteDefinition
  readonly capabilities: unknown
  readonly caches: CallCaches
  readonly partsMax: number
  readonly grouped: (outcome: GroupOutcome) => void
}

type Membership = { readonly item: unknown; readonly key: string | undefined; readonly priority: number | undefined }

/**
 * The open groups of a route's aggregates, and what follows them. Only memory: the messages of members are unsettled in the
 * journal, so that after a crash they run again and join again. Groups are released by time only after `ready`.
 */
export class GroupRunner {
  readonly #options: GroupRunnerOptions
  readonly #state: AggregateState
  #timer: ReturnType<typeof setTimeout> | undefined
  #ready = false

  private constructor(options: GroupRunnerOptions) {
    this.#options = options
    this.#state = new AggregateState(options.definition)
  }

  /** Undefined for a route that collects nothing. */
  static for(options: GroupRunnerOptions): GroupRunner | undefined {
    return [...flatSteps(options.definition.steps)].some(({ kind }) => kind === 'aggregate')
      ? new GroupRunner(options)
      : undefined
  }

  /**
   * Joins what the steps of a message came to; answers which of it waits now. Throws SambandError 'aggregate-full': then
   * nothing of the message waits.
   */
  join(job: StepJob, key: string | undefined, joined: readonly Joined[]): readonly Joined[] {
    const left = joined.filter(({ step, part }) => job.joined?.includes(`${step}#${part}`) !== true)
    const released: ReleasedGroup[] = []
    try {
      for (const { step, key: group, part, item } of left) {
        const whole = this.#state.join(step, group, {
          messageId: job.messageId,
          part,
          item: { item, key, priority: this.#priority(item) },
          receivedMs: job.receivedMs,
        })
        if (whole !== undefined) released.push(whole)
      }
    } catch (thrown) {
      this.#state.leave(job.messageId)
      throw thrown
    }
    // The message's own outcome goes first.
    if (released.length > 0) setImmediate(() => this.#releaseAll(released))
    this.#schedule()
    return left
  }

  ready(): void {
    this.#ready = true
    this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#ready = false
  }

  #schedule(): void {
    const due = this.#state.nextDueMs()
    if (!this.#ready || due === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#releaseAll(this.#state.due(Date.now()))
        this.#schedule()
      },
      Math.min(Math.max(due - Date.now(), 1), 60_000),
    )
  }

  #releaseAll(groups: readonly ReleasedGroup[]): void {
    for (const group of groups) void this.#release(group)
  }

  async #release(group: ReleasedGroup): Promise<void> {
    const { definition, capabilities, caches, partsMax, grouped } = this.#options
    const members = group.members.map(({ messageId, part }) => ({ messageId, part }))
    const last = group.members.at(-1)
    if (last === undefined) return
    // Joined above, in this form.
    const { key, priority } = last.item as Membership
    let result: PipelineResult
    try {
      result = await continuePipeline({
        definition,
        capabilities,
        caches,
        messageId: last.messageId,
        group: {
          step: group.step,
          members: group.members.map(member => ({ ...member, item: (member.item as Membership).item })),
        },
        partBase: (last.part + 1) * partsMax,
        child: `group-${last.part}`,
      })
    } catch (thrown) {
      const { code, message } = toSambandError(thrown, 'steps-broken')
      grouped({ step: group.step, members, key, priority, calls: [], result: dead(group.step, code, message) })
      return
    }
    grouped({ step: group.step, members, key, priority, calls: result.calls, result: resultOf(result) })
  }

  #priority(item: unknown): number | undefined {
    return priorityOf(this.#options.definition, item)
  }
}

function dead(step: string, code: string, text: string): GroupOutcome['result'] {
  return { kind: 'dead', step, code, text }
}

/** A function that throws on what it did not expect says nothing. */
export function priorityOf({ priority }: RouteDefinition, item: unknown): number | undefined {
  if (priority === undefined) return undefined
  try {
    return priorityRank[priority(item)]
  } catch {
    return undefined
  }
}
