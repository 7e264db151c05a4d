/** At most so many at once; the others wait their turn, first come, first served. */
export class Turns {
  readonly #max: number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#max) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#taken += 1
    try {
      return await work()
    } finally {
      // Whoever is next takes this turn over.
      const next = this.#waiting.shift()
      if (next === undefined) this.#taken -= 1
      else next()
    }
  }
}
