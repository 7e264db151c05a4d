import { Worker } from 'node:worker_threads'
import type { Load, Schedule } from './load.ts'
import { Numbers } from './columns.ts'

/**
 * An open loop: messages are due at a steady rate, whatever the answers do, dealt out to the connections in turn. A
 * connection whose answer is late sends the next one as soon as it can; its time still counts from when it was due, so
 * that a slow moment is seen by every message that it delayed (no coordinated omission).
 */
export class Pacer implements Schedule {
  readonly #intervalMs: number
  readonly #connections: number
  readonly #begunAt: number
  readonly #lag = new Numbers()
  #written = 0
  #next = 0
  #clock: Worker | undefined

  constructor(ratePerSecond: number, connections: number) {
    this.#intervalMs = 1000 / ratePerSecond
    this.#connections = connections
    this.#begunAt = performance.now()
  }

  readonly dueAt = (connection: number, index: number): number =>
    this.#begunAt + (index * this.#connections + connection) * this.#intervalMs

  readonly due = (connection: number, index: number): boolean => this.dueAt(connection, index) <= performance.now()

  readonly written = (connection: number, index: number, at: number): void => {
    this.#lag.set(this.#written, at - this.dueAt(connection, index))
    this.#written += 1
  }

  /** Wakes each connection when its next message is due. */
  start(load: Load): void {
    this.#clock = new Worker(new URL('pacer-clock.ts', import.meta.url), {
      workerData: { beginsAt: performance.timeOrigin + this.#begunAt, intervalMs: this.#intervalMs },
    })
    this.#clock.on('message', () => {
      const now = performance.now()
      for (; this.#begunAt + this.#next * this.#intervalMs <= now; this.#next += 1) {
        load.senders[this.#next % this.#connections]?.poke()
      }
    })
  }

  async stop(): Promise<void> {
    await this.#clock?.terminate()
  }

  get count(): number {
    return this.#written
  }

  /** How long after it was due each message was written. */
  lagBetween(from: number, to: number): Float64Array {
    return this.#lag.slice(from, to)
  }
}
