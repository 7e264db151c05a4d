import { SambandError } from '@samband/errors'

/** Lets so many in at once; the others wait in line. */
export class Turnstile {
  readonly #insideMax: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor({ insideMax, waitingMax }: { readonly insideMax: number; readonly waitingMax: number }) {
    this.#insideMax = insideMax
    this.#waitingMax = waitingMax
  }

  /** Runs `fn` when it is its turn. Throws SambandError `hub-busy` where the line is too long. */
  async pass<T>(fn: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#insideMax) this.#inside += 1
    else await this.#turn()
    try {
      return await fn()
    } finally {
      // A place is handed on, not given up and taken again: nobody slips in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside -= 1
      else next()
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new SambandError({
        code: 'hub-busy',
        category: 'busy',
        message: `more than ${this.#waitingMax} transactions wait`,
      })
    }
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}
