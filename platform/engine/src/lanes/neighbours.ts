import { SambandError, toSambandError } from '@samband/errors'
import type { Actor, EngineOptions } from '../engine-types.ts'
import { createPeerServer, type PeerHandler, type PeerServer } from '../peers/peer-server.ts'
import { createPeers, type Peers } from '../peers/peers.ts'
import type { Log, Receipt } from '../ports.ts'
import type { RouteStatus, Verb, VerbRequest, VerbResult } from '../views.ts'
import { mergedStatus } from './merged-status.ts'
import { peerMethods, peerTimeoutMs, type SubmitHeader } from './peer-methods.ts'

/** What this process does for the others. */
export type NeighbourServices = {
  readonly submit: (header: SubmitHeader, body: Uint8Array) => Promise<Receipt>
  readonly act: (verb: Verb | 'discard', messageId: number, request: VerbRequest, actor: Actor) => Promise<VerbResult>
  readonly status: () => readonly RouteStatus[]
  /** Addresses of the other processes. */
  readonly others: () => readonly string[]
}

type ActHeader = {
  readonly verb: Verb | 'discard'
  readonly messageId: number
  readonly request: VerbRequest
  readonly actor: Actor
}

const statusEveryMs = 1_000
/** A process that has not said how it is for so long is left out of the sums. */
const statusOldMs = 5_000

/** The other processes of the tenant: what they ask of this one, and what this one asks of them. */
export class Neighbours {
  readonly #server: PeerServer | undefined
  readonly #peers: Peers | undefined
  readonly #log: Log
  readonly #statuses = new Map<string, { readonly at: number; readonly status: readonly RouteStatus[] }>()
  #services: NeighbourServices | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(options: EngineOptions, server: PeerServer | undefined) {
    this.#server = server
    this.#peers = options.peers === undefined ? undefined : createPeers(options.peers)
    this.#log = options.log
  }

  /** Listens when the deployment lets processes share the tenant. Throws SambandError 'peer-listen-failed'. */
  static async open(options: EngineOptions): Promise<Neighbours> {
    const { peers, log } = options
    if (peers === undefined) return new Neighbours(options, undefined)
    const opened: { neighbours?: Neighbours } = {}
    const services = (): NeighbourServices => {
      const known = opened.neighbours?.services
      if (known === undefined) throw starting()
      return known
    }
    const handlers = new Map<number, PeerHandler>([
      [peerMethods.submit, async (header, body) => ({ header: await services().submit(header as SubmitHeader, body) })],
      [
        peerMethods.act,
        async header => {
          const { verb, messageId, request, actor } = header as ActHeader
          return { header: await services().act(verb, messageId, request, actor) }
        },
      ],
      [peerMethods.status, () => ({ body: Buffer.from(JSON.stringify(services().status())) })],
    ])
    const server = await createPeerServer({
      ...peers,
      handlers,
      onRefused: error => log.warn('peer-refused', { code: error.code, text: error.message }),
    })
    opened.neighbours = new Neighbours(options, server)
    return opened.neighbours
  }

  get address(): string | undefined {
    return this.#server?.address
  }

  get services(): NeighbourServices | undefined {
    return this.#services
  }

  /** From here on this process answers the others. */
  serve(services: NeighbourServices): void {
    this.#services = services
    if (this.#peers !== undefined) this.#timer = setInterval(() => this.#askStatuses(services.others()), statusEveryMs)
  }

  readonly submitAt = async (address: string, header: SubmitHeader, bytes: Uint8Array): Promise<Receipt> => {
    const reply = await this.#call(address, peerMethods.submit, header, bytes)
    return reply.header as Receipt
  }

  async actAt(
    address: string,
    verb: Verb | 'discard',
    messageId: number,
    request: VerbRequest,
    actor: Actor,
  ): Promise<VerbResult> {
    const header: ActHeader = { verb, messageId, request, actor }
    return (await this.#call(address, peerMethods.act, header, undefined)).header as VerbResult
  }

  /** All processes together, as far as they have said how they are. */
  merged(own: readonly RouteStatus[]): readonly RouteStatus[] {
    const young = performance.now() - statusOldMs
    const others = [...this.#statuses.values()].filter(({ at }) => at > young).map(({ status }) => status)
    return others.length === 0 ? own : own.map(status => mergedStatus(status, others))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#peers?.close()
    await this.#server?.close()
  }

  #call(address: string, method: number, header: unknown, body: Uint8Array | undefined): ReturnType<Peers['call']> {
    if (this.#peers === undefined) throw starting()
    return this.#peers.call(address, method, header, body, { timeoutMs: peerTimeoutMs })
  }

  #askStatuses(addresses: readonly string[]): void {
    for (const known of this.#statuses.keys()) if (!addresses.includes(known)) this.#statuses.delete(known)
    for (const address of addresses) {
      this.#call(address, peerMethods.status, undefined, undefined).then(
        // Written by a process of the same program.
        ({ body }) =>
          this.#statuses.set(address, { at: performance.now(), status: JSON.parse(body.toString()) as RouteStatus[] }),
        (thrown: unknown) => this.#log.warn('peer-silent', { code: toSambandError(thrown).code }),
      )
    }
  }
}

function starting(): SambandError {
  return new SambandError({
    code: 'peer-stopping',
    category: 'unavailable',
    message: 'that process is not ready for calls',
  })
}
