import type { Message } from '@samband/hl7v2'
import { BoundedMap } from '../systems/bounded-map.ts'

export type Entry = 'new' | 'duplicate'

const controlIdsMax = 50_000
const patientsMax = 50_000

/**
 * What a receiver has had: recognises a message that comes again by its MSH-10, as a receiver must where delivery is at
 * least once, and counts what came out of order. All of the hospital's control ids rise (`EPJ00000017`,
 * `LAB00000003-2`), so that two messages of one sender about one patient tell by themselves which was first.
 */
export class Ledger {
  readonly #seen: BoundedMap<string, true> = new BoundedMap(controlIdsMax)
  readonly #last: BoundedMap<string, number> = new BoundedMap(patientsMax)
  received = 0
  duplicates = 0
  outOfOrder = 0

  has(message: Message): boolean {
    return this.#seen.has(message.controlId)
  }

  /** Notes a message that the system has taken in. */
  enter(message: Message): Entry {
    this.received += 1
    if (this.has(message)) {
      this.duplicates += 1
      return 'duplicate'
    }
    this.#seen.set(message.controlId, true)
    this.#check(message)
    return 'new'
  }

  #check(message: Message): void {
    const match = /^([A-Z]+)(\d+)(?:-(\d+))?$/.exec(message.controlId)
    if (match === null) return
    const key = `${match[1]}|${message.text('PID-3.1') ?? ''}`
    const number = Number(match[2]) * 1_000 + Number(match[3] ?? 0)
    const before = this.#last.get(key)
    if (before !== undefined && number < before) this.outOfOrder += 1
    else this.#last.set(key, number)
  }
}
