import type { DestinationRuntime } from './destination-runtime.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventRow } from './event-log.ts'
import type {
  CallFailure,
  GroupOutcome,
  RestartCause,
  RouteHost,
  StepJoin,
  StepOutcome,
  StepOutput,
} from './hosting/route-host.ts'
import type { RouteCounters } from './rates.ts'
import type { Running } from './running.ts'
import { packBody } from './stored-body.ts'
import type { Unsettled } from './unsettled.ts'

export type RouteOutcomesOptions = {
  readonly context: EngineContext
  readonly host: RouteHost
  readonly destinations: ReadonlyMap<string, DestinationRuntime>
  readonly unsettled: Unsettled
  readonly counters: RouteCounters
  readonly classId: number
  /** The hash of an ordering key. */
  readonly keyOf: (key: string | undefined, messageId: number) => number
}

/** A message of which items wait in groups. */
type Joining = { readonly running: Running; readonly open: Set<string>; owed: number }

/**
 * What becomes of messages when their steps have ended: deliveries, or an end without one.
 *
 * A message whose items wait in groups stays unsettled until each group is released. What comes of a group is accounted to
 * its last member: that its members are in it, and what goes out for it, is written in one commit, so that a crash either
 * forms the group again or finds all of it.
 */
export class RouteOutcomes {
  readonly #options: RouteOutcomesOptions
  readonly #joining = new Map<number, Joining>()

  constructor(options: RouteOutcomesOptions) {
    this.#options = options
  }

  take(running: Running, outcome: StepOutcome): void {
    const { context, counters, keyOf } = this.#options
    const { messageId, calls, result, joins } = outcome
    // Its thread was started again, and it joined again: the rest has been seen to.
    if (this.#joining.has(messageId)) return
    if (calls.length > 0) this.#record(messageId, { kind: 'calls', output: Buffer.from(JSON.stringify(calls)) })
    if (result.kind === 'dead') return this.#dead(messageId, result.step, result.code, result.text)
    const { outputs, drops } = result
    const { partsMax } = context.limits
    if (outputs.length + joins.length > partsMax) {
      return this.#dead(messageId, 'split', 'too-many-parts', `more than ${partsMax} deliveries (limits.partsMax)`)
    }
    const owed = outputs.length + joins.length + (running.joined?.length ?? 0)
    const dropped = drops[0]
    if (owed === 0) {
      counters.filtered.count()
      const reason = dropped ?? { step: 'destinations', reason: 'no destination took it' }
      const facts = { step: reason.step, code: 'filtered', detail: reason.reason }
      return this.#settleWhole(messageId, { kind: 'filtered', ...facts })
    }
    if (dropped !== undefined) this.#recordPartlyFiltered(messageId, owed, drops.length, dropped)
    if (joins.length > 0) this.#join(running, joins, owed)
    const wanted = outputs.filter(({ destination, part }) => running.only?.(destination, part) !== false)
    this.#deliver(messageId, wanted, {
      owed,
      key: keyOf(outcome.key, messageId),
      stored: false,
      resumed: running.resumed,
      priority: outcome.priority,
    })
    // What `open` counted for the steps themselves: from here on only deliveries and groups are owed.
    this.#options.unsettled.close(messageId)
  }

  takeGroup({ step, members, key, priority, calls, result }: GroupOutcome): void {
    const { context, keyOf } = this.#options
    const last = members.at(-1)
    if (last === undefined) return
    const { messageId } = last
    if (calls.length > 0) this.#record(messageId, { kind: 'calls', output: Buffer.from(JSON.stringify(calls)) })
    if (result.kind === 'dead') return this.#groupDead(members, result)
    const closing = this.#joining.get(messageId)
    if (closing !== undefined) closing.owed += result.outputs.length
    const hashed = keyOf(key, messageId)
    const rows = [
      ...members.map(member => this.#memberRow(member, step, messageId, members.length)),
      ...result.outputs.map(output =>
        this.#row(messageId, {
          kind: 'queued',
          destination: output.destination,
          part: output.part,
          owed: closing?.owed ?? result.outputs.length,
          key: hashed,
          output: packBody(output.encoded),
        }),
      ),
    ]
    if (result.outputs.length === 0) {
      const reason = result.drops[0] ?? { step: 'destinations', reason: 'no destination took it' }
      const facts = { step: reason.step, code: 'filtered', detail: reason.reason }
      rows.push(this.#row(messageId, { kind: 'filtered', owed: closing?.owed ?? 1, ...facts }))
    }
    context.events.addAll(rows, () => {
      this.#deliver(messageId, result.outputs, {
        owed: closing?.owed ?? result.outputs.length,
        key: hashed,
        stored: true,
        resumed: false,
        priority,
      })
      for (const member of members) this.#left(member, step)
    })
  }

  duplicate(messageId: number, first: number): void {
    this.#options.counters.duplicate.count()
    const facts = { code: 'duplicate', ref: first, detail: 'the same key came before' }
    this.#settleWhole(messageId, { kind: 'duplicate', ...facts })
  }

  callFailed({ messageId, step, code, text, attempt }: CallFailure): void {
    this.#record(messageId, { kind: 'attempt-failed', step, code, detail: text, attempt })
  }

  restarted({ code, text, messageId }: RestartCause): void {
    const { context, counters, host } = this.#options
    counters.restarts += 1
    const at = messageId === undefined ? {} : { message: messageId }
    context.log.error('route-thread-restarted', { route: host.description.name, code, text, ...at })
  }

  /** Another revision takes the open groups over: their members run again there, and join again. */
  leaveMembers(): readonly Running[] {
    const left = [...this.#joining.values()].map(({ running, open }) => {
      for (let count = 1; count < open.size; count += 1) this.#options.unsettled.close(running.messageId)
      // What it delivered by itself has been delivered, or is under way.
      return { ...running, only: () => false, resumed: true }
    })
    this.#joining.clear()
    return left
  }

  #join(running: Running, joins: readonly StepJoin[], owed: number): void {
    const open = new Set(joins.map(({ step, part }) => `${step}#${part}`))
    this.#joining.set(running.messageId, { running, open, owed })
    for (let count = 0; count < open.size; count += 1) this.#options.unsettled.open(running.messageId)
  }

  #memberRow(
    { messageId, part }: { readonly messageId: number; readonly part: number },
    step: string,
    closing: number,
    count: number,
  ): EventRow {
    const owed = this.#joining.get(messageId)?.owed ?? 1
    return this.#row(messageId, { kind: 'aggregated', step, part, owed, ref: closing, detail: `one of ${count}` })
  }

  #left({ messageId, part }: { readonly messageId: number; readonly part: number }, step: string): void {
    const joining = this.#joining.get(messageId)
    joining?.open.delete(`${step}#${part}`)
    if (joining?.open.size === 0) this.#joining.delete(messageId)
    this.#options.unsettled.close(messageId)
  }

  /** Each member is a dead letter: sent again together they form their group again. */
  #groupDead(
    members: GroupOutcome['members'],
    { step, code, text }: { readonly step: string; readonly code: string; readonly text: string },
  ): void {
    for (const messageId of new Set(members.map(member => member.messageId))) {
      const open = this.#joining.get(messageId)?.open.size ?? 1
      this.#joining.delete(messageId)
      for (let count = 1; count < open; count += 1) this.#options.unsettled.close(messageId)
      this.#dead(messageId, step, code, text)
    }
  }

  #deliver(
    messageId: number,
    outputs: readonly StepOutput[],
    facts: {
      readonly owed: number
      readonly key: number
      readonly stored: boolean
      readonly resumed: boolean
      readonly priority: number | undefined
    },
  ): void {
    const { priority, ...rest } = facts
    for (const { destination, part, encoded } of outputs) {
      this.#options.unsettled.open(messageId)
      this.#options.destinations.get(destination)?.enqueue({
        messageId,
        part,
        as: destination,
        attempts: 0,
        output: encoded,
        gone: false,
        ...rest,
        ...(priority === undefined ? {} : { priority }),
      })
    }
  }

  #dead(messageId: number, step: string, code: string, detail: string): void {
    const { context, counters, host } = this.#options
    counters.failed.count()
    context.log.warn('message-dead', { route: host.description.name, message: messageId, step, code })
    this.#settleWhole(messageId, { kind: 'dead', step, code, detail })
  }

  #settleWhole(messageId: number, facts: Pick<EventRow, 'kind' | 'step' | 'code' | 'detail' | 'ref'>): void {
    this.#record(messageId, facts, () => this.#options.unsettled.close(messageId))
  }

  #recordPartlyFiltered(
    messageId: number,
    owed: number,
    count: number,
    first: { readonly step: string; readonly reason: string },
  ): void {
    const detail = count === 1 ? first.reason : `${count} parts; the first: ${first.reason}`
    this.#record(messageId, { kind: 'filtered', owed, step: first.step, code: 'filtered', detail })
  }

  #record(messageId: number, facts: Partial<EventRow> & Pick<EventRow, 'kind'>, onCommit?: () => void): void {
    this.#options.context.events.add(this.#row(messageId, facts), onCommit)
  }

  #row(messageId: number, facts: Partial<EventRow> & Pick<EventRow, 'kind'>): EventRow {
    const { context, classId } = this.#options
    return { id: context.ids.next(), class: classId, messageId, part: 0, owed: 0, attempt: 0, ...facts }
  }
}
