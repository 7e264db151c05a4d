import { SambandError } from '@samband/errors'

/**
 * Bounds how much memory and how many threads password hashing takes: a flood of sign-ins must not slow down the
 * messages that the same process handles.
 */
export class HashingQueue {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number, waitingMax: number) {
    this.#atOnce = atOnce
    this.#waitingMax = waitingMax
  }

  /** @throws SambandError `sign-in-busy` */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1
    else await this.#turn()
    try {
      return await task()
    } finally {
      // The place goes straight to the next in line, so nobody overtakes.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new SambandError({
        code: 'sign-in-busy',
        category: 'busy',
        message: `${this.#waitingMax} sign-ins are waiting already: try again in a moment`,
      })
    }
    return new Promise(resolve => {
      this.#waiting.push(resolve)
    })
  }
}
