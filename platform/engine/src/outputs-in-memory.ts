import type { Encoded } from '@samband/route'
import type { EngineLimits } from './limits.ts'

/** How many outputs of a destination are in memory, and how many bytes they are. */
export class OutputsInMemory {
  readonly #limits: Pick<EngineLimits, 'outputsInMemoryMax' | 'outputsBytesInMemoryMax'>
  #count = 0
  #bytes = 0

  constructor(limits: Pick<EngineLimits, 'outputsInMemoryMax' | 'outputsBytesInMemoryMax'>) {
    this.#limits = limits
  }

  added(output: Encoded): void {
    this.#count += 1
    this.#bytes += output.bytes.length
  }

  removed(output: Encoded): void {
    this.#count -= 1
    this.#bytes -= output.bytes.length
  }

  /** More than may be: the newest goes to the journal. */
  get over(): boolean {
    const { outputsInMemoryMax, outputsBytesInMemoryMax } = this.#limits
    return this.#count > outputsInMemoryMax || this.#bytes > outputsBytesInMemoryMax
  }

  /** Little enough that it is worth reading the next ones before they are needed. */
  get low(): boolean {
    const { outputsInMemoryMax, outputsBytesInMemoryMax } = this.#limits
    return this.#count < outputsInMemoryMax / 2 && this.#bytes < outputsBytesInMemoryMax / 2
  }

  /** Bytes that may still be read back. */
  get roomBytes(): number {
    return Math.max(0, this.#limits.outputsBytesInMemoryMax - this.#bytes)
  }
}
