import type { Delivery } from './delivery.ts'

/** Questions that are answered by looking through everything, before a map is made. */
const questionsMax = 8
/** Changes since the last question after which the map is forgotten: keeping it up costs more than it saves. */
const changesMax = 10_000

/**
 * Messages share slots, numbered so that a number is a small integer for the runtime: a map by message ids, which are larger,
 * took 2.2 s to make for 1,000,000 deliveries, this takes 0.8 s.
 */
const slots = 1_073_741_789

type Slots = Map<number, Delivery | Set<Delivery>>

/**
 * Waiting deliveries by message, for operators' verbs. Looking through 1,000,000 deliveries takes 50 ms, which is well for one
 * question; a bulk action asks for each of its messages, so after a few questions a map is made. It is forgotten when nobody
 * asks any more.
 */
export class DeliveryIndex {
  readonly #waiting: () => Iterable<Delivery>
  #slots: Slots | undefined
  #questions = 0
  #changes = 0

  constructor(waiting: () => Iterable<Delivery>) {
    this.#waiting = waiting
  }

  of(messageId: number): readonly Delivery[] {
    this.#questions += 1
    this.#changes = 0
    if (this.#slots === undefined && this.#questions <= questionsMax) return this.ofAll(new Set([messageId]))
    this.#slots ??= this.#made()
    const known = this.#slots.get(messageId % slots)
    if (known === undefined) return []
    return [...(known instanceof Set ? known : [known])].filter(delivery => delivery.messageId === messageId)
  }

  /** Looks through everything once. */
  ofAll(messageIds: ReadonlySet<number>): Delivery[] {
    const found: Delivery[] = []
    for (const delivery of this.#waiting()) if (messageIds.has(delivery.messageId)) found.push(delivery)
    return found
  }

  added(delivery: Delivery): void {
    if (this.#questions === 0) return
    if (this.#slots !== undefined) add(this.#slots, delivery)
    this.#changed()
  }

  removed(delivery: Delivery): void {
    if (this.#questions === 0) return
    if (this.#slots !== undefined) remove(this.#slots, delivery)
    this.#changed()
  }

  #changed(): void {
    this.#changes += 1
    if (this.#changes <= changesMax) return
    this.#slots = undefined
    this.#questions = 0
  }

  #made(): Slots {
    const made: Slots = new Map()
    for (const delivery of this.#waiting()) add(made, delivery)
    return made
  }
}

function add(to: Slots, delivery: Delivery): void {
  const slot = delivery.messageId % slots
  const known = to.get(slot)
  if (known === undefined) to.set(slot, delivery)
  else if (known instanceof Set) known.add(delivery)
  else to.set(slot, new Set([known, delivery]))
}

function remove(from: Slots, delivery: Delivery): void {
  const slot = delivery.messageId % slots
  const known = from.get(slot)
  if (known instanceof Set) known.delete(delivery)
  if (known === delivery || (known instanceof Set && known.size === 0)) from.delete(slot)
}
