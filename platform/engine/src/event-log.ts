import type { GroupCommit } from './group-commit.ts'
import type { EventRecord, PendingRecord } from './journal-writer.ts'
import type { EngineLimits } from './limits.ts'

export type EventRow = Omit<EventRecord, 'table'>

/**
 * What happened to messages. Facts that have happened are never given up: while the database is away they wait, and
 * `behind` tells deliveries to wait as well.
 */
export class EventLog {
  readonly #writer: GroupCommit<PendingRecord>
  readonly #limits: EngineLimits
  #waiting = 0

  constructor(writer: GroupCommit<PendingRecord>, limits: EngineLimits) {
    this.#writer = writer
    this.#limits = limits
  }

  /** True when more events wait than `settleQueueMax`: no new delivery should begin. */
  get behind(): boolean {
    return this.#waiting >= this.#limits.settleQueueMax
  }

  /** Written with the next message, or a moment later by itself. */
  add(row: EventRow, onCommit: () => void = nothing): void {
    this.#add(row, onCommit, 'lazy')
  }

  /** Written in one commit, or none of it. */
  addAll(rows: readonly EventRow[], onCommit: () => void): void {
    for (const [index, row] of rows.entries()) {
      const last = index === rows.length - 1
      this.#add(row, last ? onCommit : nothing, last ? 'now' : 'together')
    }
  }

  /** Written at once; resolves after the commit. */
  record(row: EventRow): Promise<void> {
    return new Promise(resolve => this.#add(row, resolve, 'now'))
  }

  drained(): Promise<void> {
    return this.#writer.drained()
  }

  #add(row: EventRow, onCommit: () => void, when: 'lazy' | 'together' | 'now'): void {
    this.#writer.add({
      ...row,
      table: 'event',
      bytes: (row.output?.length ?? 0) + (row.reply?.length ?? 0),
      lazy: when !== 'now',
      withNext: when === 'together',
      onCommit: () => {
        this.#waiting -= 1
        onCommit()
      },
    })
    this.#waiting += 1
  }
}

function nothing(): void {}
