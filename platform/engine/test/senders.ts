import assert from 'node:assert/strict'
import { toSambandError } from '@samband/errors'
import { type RouteDefinition, route } from '@samband/route'
import { eventually, memory, notes, type World } from './harness.ts'

/** What the senders of this file send to: each has a key of its own and numbers what it sends. */
export const numbered: RouteDefinition = route('numbered', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}` })
  .onError({ deadLetter: 'numbered' })

const pauseMs = 5

/** Senders that send as fast as they are answered, and go on whatever the answer, each with the next number. */
export class Senders {
  readonly acknowledged: string[] = []
  readonly refused: { readonly message: string; readonly category: string; readonly code: string }[] = []
  readonly #world: World
  readonly #text: string
  readonly #running: Promise<void>[] = []
  #stopped = false

  constructor(world: World, count: number, text = 'x') {
    this.#world = world
    this.#text = text
    for (let sender = 0; sender < count; sender += 1) this.#running.push(this.#run(`k${sender}`))
  }

  /** Resolves when so many more have been acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count
    await eventually(
      async () => this.acknowledged.length,
      length => length >= wanted,
      30_000,
    )
  }

  /** Resolves when so many have been refused. */
  async refusals(count: number): Promise<void> {
    await eventually(
      async () => this.refused.length,
      length => length >= count,
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  /** Everything acknowledged has been delivered, once, in the order of its sender; nothing that was refused has. */
  async checkDelivered(): Promise<void> {
    const receiver = this.#world.peers.receiver('out')
    await eventually(
      async () => receiver.received.length,
      length => length >= this.acknowledged.length,
    )
    await new Promise(resolve => setTimeout(resolve, 50))
    const received = receiver.received.map(({ text }) => text)
    assert.deepEqual(received.toSorted(), this.acknowledged.toSorted())
    const last = new Map<string, number>()
    for (const text of received) {
      const [key = '', n] = text.split('|')
      assert.ok(Number(n) > (last.get(key) ?? -1), `${text} came after ${last.get(key)}`)
      last.set(key, Number(n))
    }
  }

  async #run(key: string): Promise<void> {
    for (let n = 0; !this.#stopped; n += 1) {
      const message = `${key}|${n}`
      await this.#world.peers.send('in', `${message}|${this.#text}`).then(
        () => this.acknowledged.push(message),
        (thrown: unknown) => {
          const { category, code } = toSambandError(thrown)
          this.refused.push({ message, category, code })
        },
      )
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
}
