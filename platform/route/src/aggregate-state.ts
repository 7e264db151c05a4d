import { SambandError } from '@samband/errors'
import { type AggregateStep, flatSteps, type RouteDefinition } from './graph.ts'

/** An item that waits in a group. Identity: message and part. */
export type Member = {
  readonly messageId: number
  /** Which of the message's items that joined, from 0. */
  readonly part: number
  readonly item: unknown
  /** When its message was received, epoch ms. */
  readonly receivedMs: number
}

export type ReleasedGroup = {
  /** Name of the aggregate step. */
  readonly step: string
  readonly key: string
  /** In order of messages and parts, whatever the order in which they joined. */
  readonly members: readonly Member[]
  /** `members-max`: not complete, but as large as a group may be. */
  readonly reason: 'count' | 'timeout' | 'members-max'
}

type Group = {
  readonly step: AggregateStep
  readonly key: string
  readonly members: Map<string, Member>
  dueMs: number
}

/**
 * The open groups of one route.
 *
 * A group is *open* from its first member on -> *released* when the member joins that makes it complete (`count`, or
 * `membersMax`), or when `due` finds that its time is over. A released group is forgotten here.
 *
 * Only memory: a member's message stays unsettled in the journal until its group is released and what came of it is
 * written. After a crash those messages run again and join again, so the groups stand as they stood. `join` therefore never
 * releases by time: whoever rebuilds the groups calls `due` when all have joined. No timer and no clock in here.
 */
export class AggregateState {
  readonly #steps: ReadonlyMap<string, AggregateStep>
  /** By step, then by key, in order of their beginning. */
  readonly #groups = new Map<string, Map<string, Group>>()
  /** No group is due before this. Exact after `due`, and never too late. */
  #notBeforeMs = Number.POSITIVE_INFINITY

  constructor(definition: Pick<RouteDefinition, 'steps'>) {
    const steps = [...flatSteps(definition.steps)].filter(step => step.kind === 'aggregate')
    this.#steps = new Map(steps.map(step => [step.name, step]))
    for (const step of steps) this.#groups.set(step.name, new Map())
  }

  /** Open groups, for a status page. */
  get groups(): number {
    return this.#sum(() => 1)
  }

  /** Items that wait. */
  get members(): number {
    return this.#sum(({ members }) => members.size)
  }

  /**
   * Adds an item to its group; answers the group when that completes it. The same message and part again changes nothing
   * (its item is the newer one). Throws SambandError 'aggregate-full' (busy) when one more group than `groupsMax` would
   * be open: nothing has joined then.
   */
  join(stepName: string, key: string, member: Member): ReleasedGroup | undefined {
    const step = this.#steps.get(stepName)
    const groups = this.#groups.get(stepName)
    if (step === undefined || groups === undefined) throw unknownStep(stepName)
    const group = groups.get(key) ?? this.#begin(step, key, groups)
    group.members.set(`${member.messageId}/${member.part}`, member)
    if (step.timeoutMs !== undefined) {
      group.dueMs = Math.min(group.dueMs, member.receivedMs + step.timeoutMs)
      this.#notBeforeMs = Math.min(this.#notBeforeMs, group.dueMs)
    }
    if (group.members.size === step.count) return this.#release(group, 'count')
    return group.members.size >= step.membersMax ? this.#release(group, 'members-max') : undefined
  }

  /** Groups whose time is over, in the order in which it was over. */
  due(nowMs: number): readonly ReleasedGroup[] {
    if (nowMs < this.#notBeforeMs) return []
    const due: Group[] = []
    this.#notBeforeMs = Number.POSITIVE_INFINITY
    for (const group of this.#open()) {
      if (group.dueMs <= nowMs) due.push(group)
      else this.#notBeforeMs = Math.min(this.#notBeforeMs, group.dueMs)
    }
    due.sort((a, b) => a.dueMs - b.dueMs)
    return due.map(group => this.#release(group, 'timeout'))
  }

  /** When to ask `due` again, epoch ms; undefined: not before another item joins. Early when a group went by its count. */
  nextDueMs(): number | undefined {
    return this.#notBeforeMs === Number.POSITIVE_INFINITY ? undefined : this.#notBeforeMs
  }

  /** Takes out what a message has waiting here: an operator gave it up. Answers how many items that were. */
  leave(messageId: number): number {
    let left = 0
    for (const group of this.#open()) {
      for (const [id, member] of group.members) {
        if (member.messageId !== messageId) continue
        group.members.delete(id)
        left += 1
      }
      if (group.members.size === 0) this.#groups.get(group.step.name)?.delete(group.key)
    }
    return left
  }

  #begin(step: AggregateStep, key: string, groups: Map<string, Group>): Group {
    if (groups.size >= step.groupsMax) throw full(step)
    const group: Group = { step, key, members: new Map(), dueMs: Number.POSITIVE_INFINITY }
    groups.set(key, group)
    return group
  }

  #release({ step, key, members }: Group, reason: ReleasedGroup['reason']): ReleasedGroup {
    this.#groups.get(step.name)?.delete(key)
    const sorted = [...members.values()].sort((a, b) => a.messageId - b.messageId || a.part - b.part)
    return { step: step.name, key, members: sorted, reason }
  }

  *#open(): Generator<Group> {
    for (const groups of this.#groups.values()) yield* groups.values()
  }

  #sum(of: (group: Group) => number): number {
    let sum = 0
    for (const group of this.#open()) sum += of(group)
    return sum
  }
}

function full({ name, groupsMax }: AggregateStep): SambandError {
  return new SambandError({
    code: 'aggregate-full',
    category: 'busy',
    message: `aggregate "${name}" has ${groupsMax} open groups: raise its groupsMax, or shorten its timeout`,
  })
}

function unknownStep(name: string): SambandError {
  return new SambandError({ code: 'step-unknown', category: 'fault', message: `the route has no aggregate "${name}"` })
}
