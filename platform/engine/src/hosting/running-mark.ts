/**
 * Two numbers in memory that both threads see: which job the worker is at (0: none that keeps the thread), and its
 * message. A watcher that sees the same job for too long knows which message to blame, also when the thread never comes
 * back to say so.
 */
export class RunningMark {
  readonly shared: SharedArrayBuffer
  readonly #job: Int32Array
  readonly #messageId: Float64Array

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.shared = shared
    this.#job = new Int32Array(shared, 0, 1)
    this.#messageId = new Float64Array(shared, 8, 1)
  }

  begin(job: number, messageId: number): void {
    this.#messageId[0] = messageId
    Atomics.store(this.#job, 0, job)
  }

  end(): void {
    Atomics.store(this.#job, 0, 0)
  }

  /** Undefined: no job keeps the thread. */
  current(): { readonly job: number; readonly messageId: number } | undefined {
    const job = Atomics.load(this.#job, 0)
    return job === 0 ? undefined : { job, messageId: this.#messageId[0] ?? 0 }
  }
}
