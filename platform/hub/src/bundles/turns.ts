import { cancelled } from './run-batch.ts'

/** How long one turn of the event loop works on a bundle before others get theirs. */
const turnMs = 20

/** Lets others have the event loop while a large bundle is worked on. */
export class Turns {
  readonly #signal: AbortSignal | undefined
  #until = performance.now() + turnMs

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  async next(): Promise<void> {
    if (performance.now() < this.#until) return
    await new Promise(resolve => setImmediate(resolve))
    if (this.#signal?.aborted === true) throw cancelled()
    this.#until = performance.now() + turnMs
  }
}
