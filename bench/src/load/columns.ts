/** Columns that grow: a few bytes a message instead of an object, so that a million messages weigh nothing. */
const firstLength = 4096

export class Counts {
  #values = new Uint8Array(firstLength)

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  /** Answers the new count, which stays at 255 once it is there. */
  increment(index: number): number {
    if (index >= this.#values.length) this.#values = grown(new Uint8Array(lengthFor(index)), this.#values)
    const next = Math.min(255, (this.#values[index] ?? 0) + 1)
    this.#values[index] = next
    return next
  }
}

export class Numbers {
  #values = new Float64Array(firstLength)

  /** 0 where nothing was set. */
  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#values = grown(new Float64Array(lengthFor(index)), this.#values)
    this.#values[index] = value
  }

  /** A copy. */
  slice(from: number, to: number): Float64Array {
    return this.#values.slice(from, to)
  }
}

function lengthFor(index: number): number {
  return 2 ** Math.ceil(Math.log2(index + 2))
}

function grown<T extends Uint8Array | Float64Array>(larger: T, smaller: T): T {
  larger.set(smaller)
  return larger
}
