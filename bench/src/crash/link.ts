import { connect, createServer, type Server, type Socket } from 'node:net'

type Pair = { readonly client: Socket; readonly upstream: Socket }

/**
 * A TCP line that can fail: a proxy between two of the parts. *open*; *cut*: every connection is reset, new ones work;
 * *stalled*: nothing moves until `resume`; *half-open*: one end sees its connections close, the other sees nothing and
 * talks into the void until `resume` (a firewall that lost its state). New connections always work unless stalled.
 */
export class Link {
  readonly #server: Server
  readonly #target: () => number
  readonly #pairs = new Set<Pair>()
  /** Ends that do not know that the other end is gone. */
  readonly #widows = new Set<Socket>()
  #stalled = false
  port = 0

  /** `target`: the port behind, asked for each new connection. */
  constructor(target: () => number) {
    this.#target = target
    this.#server = createServer({ noDelay: true }, client => this.#join(client))
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** With a reset, as a router that was restarted, or with an orderly end. */
  cut(orderly: boolean): void {
    for (const { client, upstream } of this.#pairs) {
      for (const socket of [client, upstream]) {
        if (orderly) socket.destroy()
        else socket.resetAndDestroy()
      }
    }
  }

  stall(): void {
    this.#stalled = true
    for (const { client, upstream } of this.#pairs) {
      client.pause()
      upstream.pause()
    }
  }

  /** `silent`: the end that is not told, 'client' is who connected. */
  halfOpen(silent: 'client' | 'upstream'): void {
    for (const pair of this.#pairs) {
      this.#pairs.delete(pair)
      const widow = pair[silent]
      this.#widows.add(widow)
      widow.removeAllListeners('data')
      widow.on('data', () => {})
      pair[silent === 'client' ? 'upstream' : 'client'].destroy()
    }
  }

  /** Ends a stall; whoever still talks into the void is told at last. */
  resume(): void {
    this.#stalled = false
    for (const { client, upstream } of this.#pairs) {
      client.resume()
      upstream.resume()
    }
    for (const widow of this.#widows) widow.destroy()
    this.#widows.clear()
  }

  async close(): Promise<void> {
    this.resume()
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.cut(true)
    await closed
  }

  #join(client: Socket): void {
    const upstream = connect({ host: '127.0.0.1', port: this.#target(), noDelay: true })
    const pair: Pair = { client, upstream }
    this.#pairs.add(pair)
    this.#forward(pair, client, upstream)
    this.#forward(pair, upstream, client)
    if (this.#stalled) {
      client.pause()
      upstream.pause()
    }
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', chunk => {
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => {
      if (!this.#stalled) from.resume()
    })
    from.on('error', () => from.destroy())
    from.on('close', () => {
      this.#widows.delete(from)
      if (this.#pairs.delete(pair)) to.destroy()
    })
  }
}
