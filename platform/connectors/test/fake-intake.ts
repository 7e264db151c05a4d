import type { Incoming, Intake, Log, Receipt, Refusal } from '@samband/engine'

/** An intake that remembers; `commit` decides what a submit does (default: stored at once). */
export class FakeIntake implements Intake {
  readonly stored: Incoming[] = []
  readonly refused: Refusal[] = []
  readonly #waiters: { count: number; resolve: () => void }[] = []
  commit: (incoming: Incoming) => Promise<void> = () => Promise.resolve()

  readonly submit = async (incoming: Incoming): Promise<Receipt> => {
    await this.commit(incoming)
    this.stored.push(incoming)
    this.#wake()
    return { messageId: this.stored.length }
  }

  readonly refuse = (refusal: Refusal): void => {
    this.refused.push(refusal)
    this.#wake()
  }

  /** Resolves once so many messages were stored or refused in all. */
  handled(count: number): Promise<void> {
    return new Promise(resolve => {
      this.#waiters.push({ count, resolve })
      this.#wake()
    })
  }

  get texts(): readonly string[] {
    return this.stored.map(incoming => Buffer.from(incoming.bytes).toString('utf8'))
  }

  #wake(): void {
    const count = this.stored.length + this.refused.length
    for (const waiter of this.#waiters.filter(each => each.count <= count)) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
  }
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
