import { SambandError } from '@samband/errors'
import type { DestinationHandle, EndpointState, Outgoing, Reply, Settlement } from '../ports.ts'
import type { ContentStore } from './content-store.ts'
import { storedContentOf, withoutStoredContent } from './stored-content.ts'

/** A destination that is given what is stored as a stream, where it can take one; otherwise such a delivery is dead. */
export class StreamingHandle implements DestinationHandle {
  readonly #handle: DestinationHandle
  readonly #contents: Pick<ContentStore, 'read'>
  readonly sendWithin?: NonNullable<DestinationHandle['sendWithin']>

  constructor(handle: DestinationHandle, contents: Pick<ContentStore, 'read'>) {
    this.#handle = handle
    this.#contents = contents
    const { sendWithin } = handle
    if (sendWithin !== undefined) {
      this.sendWithin = async (outgoing: Outgoing, settlement: Settlement): Promise<Reply> => {
        const content = storedContentOf(outgoing)
        if (content !== undefined) throw tooLargeForDestination(content.bytes)
        return await sendWithin(outgoing, settlement)
      }
    }
  }

  get address(): string {
    return this.#handle.address
  }

  get window(): number {
    return this.#handle.window
  }

  readonly state = (): EndpointState => this.#handle.state()

  readonly close = (): Promise<void> => this.#handle.close()

  readonly send = async (outgoing: Outgoing): Promise<Reply> => {
    const content = storedContentOf(outgoing)
    if (content === undefined) return await this.#handle.send(outgoing)
    if (this.#handle.streams !== true) throw tooLargeForDestination(content.bytes)
    return await this.#handle.send({
      ...outgoing,
      attributes: withoutStoredContent(outgoing.attributes),
      stream: { bytes: content.bytes, open: () => this.#contents.read(content) },
    })
  }
}

function tooLargeForDestination(bytes: number): SambandError {
  return new SambandError({
    code: 'too-large-for-destination',
    category: 'unsupported',
    message: `${bytes} bytes are streamed, and this destination takes messages whole: send them to a file or over HTTP`,
  })
}
