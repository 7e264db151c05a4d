import { Counts, Numbers } from './columns.ts'

/** What the generator sent and what was acknowledged, by connection and index. Times are of `performance.now()`. */
export class SentLog {
  readonly #connections: readonly { readonly sends: Counts; readonly at: Numbers; acknowledged: number }[]
  /** Messages with an AA. */
  acknowledged = 0
  /** Messages that were written again, because their answer did not come or was negative. */
  repeated = 0
  /** Answers other than AA. */
  refused = 0

  constructor(connections: number) {
    this.#connections = Array.from({ length: connections }, () => ({
      sends: new Counts(),
      at: new Numbers(),
      acknowledged: 0,
    }))
  }

  /** `at`: when it was due, which is when it was written unless the load has a schedule. Only the first send counts. */
  sent(connection: number, index: number, at: number): void {
    const log = this.#connections[connection]
    if (log === undefined) return
    if (log.sends.increment(index) === 1) log.at.set(index, at)
    else this.repeated += 1
  }

  /** Messages of a connection are acknowledged one after another. */
  accepted(connection: number): void {
    const log = this.#connections[connection]
    if (log === undefined) return
    log.acknowledged += 1
    this.acknowledged += 1
  }

  /** How often it was written. */
  sends(connection: number, index: number): number {
    return this.#connections[connection]?.sends.get(index) ?? 0
  }

  sentAt(connection: number, index: number): number {
    return this.#connections[connection]?.at.get(index) ?? 0
  }

  /** How many of each connection's messages, from its first on, have an AA. */
  acknowledgedPerConnection(): readonly number[] {
    return this.#connections.map(({ acknowledged }) => acknowledged)
  }
}
