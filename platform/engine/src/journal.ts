import { SambandError } from '@samband/errors'
import type { GroupCommit } from './group-commit.ts'
import type { MessageRecord, PendingRecord } from './journal-writer.ts'
import type { EngineLimits } from './limits.ts'

/** What comes in, on disk before it is acknowledged. */
export class Journal {
  readonly #writer: GroupCommit<PendingRecord>
  readonly #limits: EngineLimits
  readonly #monotonic: () => number
  #waiting = 0

  constructor(writer: GroupCommit<PendingRecord>, limits: EngineLimits, monotonic: () => number) {
    this.#writer = writer
    this.#limits = limits
    this.#monotonic = monotonic
  }

  /**
   * Resolves after the commit; rejects when the row is not stored (or when that is not known in time), with `busy` when
   * too many wait.
   */
  append(row: Omit<MessageRecord, 'table'>, onCommit: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting >= this.#limits.journalQueueMax) {
        reject(behind())
        return
      }
      this.#writer.add({
        ...row,
        table: 'message',
        bytes: row.body.length,
        deadline: this.#monotonic() + this.#limits.journalDeadlineMs,
        onCommit: () => {
          this.#waiting -= 1
          onCommit()
          resolve()
        },
        onFailure: error => {
          this.#waiting -= 1
          reject(error)
        },
      })
      this.#waiting += 1
    })
  }

  drained(): Promise<void> {
    return this.#writer.drained()
  }
}

function behind(): SambandError {
  return new SambandError({
    code: 'journal-queue-full',
    category: 'busy',
    message: 'the journal is behind: too many wait (limits.journalQueueMax)',
  })
}
