import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { toSambandError } from '@samband/errors'
import type { OperationsContext } from '../context.ts'
import { HttpError } from './http-error.ts'
import { securityHeaders } from './security-headers.ts'

/** A listener that reads nothing more is cut off then. */
const closeWithinMs = 500

type Listener = {
  readonly response: ServerResponse
  /** Undefined when the login behind it has ended. */
  readonly stillAllowed: () => Promise<boolean>
  checkedAt: number
}

/**
 * Server-sent events (WHATWG HTML, 9.2): `event: status` with the system's status, about once a second.
 *
 * One reading for all listeners, and none while nobody listens. The next tick is planned when the last one has ended,
 * so that a slow database cannot pile ticks up. A listener that does not read is cut off; its browser comes back.
 */
export class StatusEvents {
  readonly #context: OperationsContext
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(context: OperationsContext) {
    this.#context = context
  }

  get size(): number {
    return this.#listeners.size
  }

  /** Takes over the reply. @throws HttpError 503 `event-listeners-full` */
  listen(reply: FastifyReply, stillAllowed: () => Promise<boolean>): void {
    const { limits, now, tls } = this.#context
    if (this.#listeners.size >= limits.eventListenersMax || this.#closed) {
      throw new HttpError({
        status: 503,
        code: 'event-listeners-full',
        category: 'busy',
        message: `already ${this.#listeners.size} listeners: close some, or raise limits.operations.eventListenersMax`,
        headers: { 'retry-after': '10' },
      })
    }
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      ...securityHeaders(tls),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Proxies that buffer would hold the events back.
      'x-accel-buffering': 'no',
    })
    response.write('retry: 2000\n\n')
    const listener: Listener = { response, stillAllowed, checkedAt: now() }
    this.#listeners.add(listener)
    response.on('close', () => this.#remove(listener))
    response.on('error', () => this.#remove(listener))
    void this.#tick([listener])
  }

  /** Ends every stream; resolves when what was written is on its way, at the latest after `closeWithinMs`. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const responses = [...this.#listeners].map(({ response }) => response)
    this.#listeners.clear()
    await Promise.all(responses.map(ended))
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Never rejects. */
  async #tick(to: Iterable<Listener>): Promise<void> {
    try {
      const frame = `event: status\ndata: ${JSON.stringify(await this.#context.status())}\n\n`
      for (const listener of to) await this.#send(listener, frame)
    } catch (thrown) {
      // The listeners keep their last numbers and see that these are getting old.
      const { code, category } = toSambandError(thrown)
      this.#context.log.warn('status-events-failed', { code, category })
    }
    this.#plan()
  }

  #plan(): void {
    if (this.#closed || this.#listeners.size === 0 || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#tick([...this.#listeners])
    }, this.#context.limits.eventIntervalMs)
  }

  async #send(listener: Listener, frame: string): Promise<void> {
    const { limits, now } = this.#context
    if (!this.#listeners.has(listener)) return
    if (now() - listener.checkedAt >= limits.eventSessionCheckMs) {
      listener.checkedAt = now()
      if (!(await listener.stillAllowed())) {
        listener.response.end()
        return this.#remove(listener)
      }
    }
    if (listener.response.writableLength > limits.eventBacklogBytesMax) {
      listener.response.destroy()
      return this.#remove(listener)
    }
    listener.response.write(frame)
  }
}

async function ended(response: ServerResponse): Promise<void> {
  const timer = setTimeout(() => response.destroy(), closeWithinMs)
  await new Promise<void>(done => {
    response.on('close', () => done())
    response.end()
  })
  clearTimeout(timer)
}
