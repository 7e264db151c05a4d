import { SambandError } from '@samband/errors'

type Waiter = { readonly bytes: number; readonly admit: () => void }

/**
 * How many bytes of messages are in memory at once: from `submit` until their steps have ended. What comes beyond that
 * waits its turn, in order of arrival, so that its sender gets its answer later and sends the next message later. A message
 * that is larger than the whole bound is let in when it is alone.
 *
 * What is counted is the message as it came; storing and running it takes a multiple of that for a while, and what a
 * connection has read of a message that is not whole yet is not counted here.
 */
export class IntakeGate {
  readonly #bytesMax: number
  readonly #waitMs: number
  /** In order of arrival. */
  readonly #waiting = new Set<Waiter>()
  #heldBytes = 0

  constructor({ bytesMax, waitMs }: { readonly bytesMax: number; readonly waitMs: number }) {
    this.#bytesMax = bytesMax
    this.#waitMs = waitMs
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Undefined: there was room. Otherwise resolves when there is, and rejects with `busy` when there is none in time. */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) {
      this.#heldBytes += bytes
      return undefined
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        admit: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        reject(full())
        // It may have kept smaller ones waiting behind it.
        this.#admit()
      }, this.#waitMs)
      this.#waiting.add(waiter)
    })
  }

  /** Counts what is in memory already, whether there is room or not. */
  hold(bytes: number): void {
    this.#heldBytes += bytes
  }

  leave(bytes: number): void {
    this.#heldBytes -= bytes
    if (this.#waiting.size > 0) this.#admit()
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom(waiter.bytes)) return
      this.#waiting.delete(waiter)
      this.#heldBytes += waiter.bytes
      waiter.admit()
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.#bytesMax
  }
}

function full(): SambandError {
  return new SambandError({
    code: 'intake-full',
    category: 'busy',
    message: 'too many bytes of messages are being stored or run (limits.intakeBytesMax)',
  })
}
