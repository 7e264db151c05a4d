import { Hl7Error } from '../hl7-error.ts'
import type { MllpDecoder, MllpDecoderOptions, MllpEvent } from '../mllp.ts'
import { createMllpDecoder, encodeMllpFrame } from '../mllp.ts'

/** The one byte of a commit acknowledgement block, and of a negative one (HL7 Transport Specification, MLLP release 2). */
const ACK = 0x06
const NAK = 0x15

/** What the peer says of the block that it received: it is safely stored (`committed`), or it is not and may be sent again. */
export interface CommitEvent {
  readonly kind: 'commit'
  readonly committed: boolean
}

export interface CommitDecoder extends Omit<MllpDecoder, 'push' | 'end'> {
  push(chunk: Uint8Array): (MllpEvent | CommitEvent)[]
  end(): (MllpEvent | CommitEvent)[]
}

/** An MLLP decoder for release 2: a frame that is a commit block becomes a `commit` event, any other stays a frame. */
export function createMllpCommitDecoder(options: MllpDecoderOptions = {}): CommitDecoder {
  const decoder = createMllpDecoder(options)
  return {
    push: chunk => decoder.push(chunk).map(commitOf),
    end: () => decoder.end().map(commitOf),
    get inFrame(): boolean {
      return decoder.inFrame
    },
    get bufferedBytes(): number {
      return decoder.bufferedBytes
    },
  }
}

function commitOf(event: MllpEvent): MllpEvent | CommitEvent {
  if (event.kind !== 'frame' || event.bytes.length !== 1) return event
  const [byte] = event.bytes
  return byte === ACK || byte === NAK ? { kind: 'commit', committed: byte === ACK } : event
}

/** The block that answers a frame once it is safely stored, or cannot be. */
export function encodeCommitBlock(committed: boolean): Uint8Array {
  return encodeMllpFrame(Uint8Array.of(committed ? ACK : NAK))
}

/** What a sender of release 2 is to do next. */
export type CommitSenderStep =
  | { readonly kind: 'send'; readonly frame: Uint8Array }
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly reason: 'refused' | 'timeout' }
  | { readonly kind: 'unexpected' }

export interface CommitSender {
  /** Sends a message. Throws `Hl7Error` `protocol-state` while another one waits for its commit block. */
  send(content: Uint8Array): CommitSenderStep
  /** The peer's commit block. */
  receive(event: CommitEvent): CommitSenderStep
  /** The peer did not answer in time; when that is, the caller decides. */
  timeout(): CommitSenderStep
  readonly waiting: boolean
}

export const COMMIT_RETRIES_MAX_DEFAULT = 3

/**
 * The sending side of release 2, without clock or socket. States: `idle`, and `waiting` for a commit block.
 *
 * - idle, `send`: the frame goes out; waiting
 * - waiting, ACK: the peer has the message, and the sender may forget it; idle
 * - waiting, NAK or `timeout`: the same frame goes out again, up to `retriesMax` times; then it failed; idle
 * - idle, any commit block: `unexpected`, such as an answer that came after its timeout
 */
export function createCommitSender(options: { readonly retriesMax?: number } = {}): CommitSender {
  const retriesMax = options.retriesMax ?? COMMIT_RETRIES_MAX_DEFAULT
  let frame: Uint8Array | undefined
  let retries = 0
  const again = (reason: 'refused' | 'timeout'): CommitSenderStep => {
    if (frame === undefined) return { kind: 'unexpected' }
    if (retries < retriesMax) {
      retries++
      return { kind: 'send', frame }
    }
    frame = undefined
    return { kind: 'failed', reason }
  }
  return {
    send(content) {
      if (frame !== undefined) throw new Hl7Error('protocol-state', 'A message waits for its commit block already')
      frame = encodeMllpFrame(content)
      retries = 0
      return { kind: 'send', frame }
    },
    receive({ committed }) {
      if (frame === undefined) return { kind: 'unexpected' }
      if (!committed) return again('refused')
      frame = undefined
      return { kind: 'committed' }
    },
    timeout: () => again('timeout'),
    get waiting(): boolean {
      return frame !== undefined
    },
  }
}
