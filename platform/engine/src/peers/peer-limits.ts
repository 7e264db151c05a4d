/** Every bound of the channel between processes. */
export type PeerLimits = {
  /** One frame: the header and the message. */
  readonly peerFrameBytesMax: number
  /** Calls to one peer that wait for their answer, before `call` refuses with `busy`. */
  readonly callsMax: number
  /** Bytes that wait to be written to one peer, before `call` refuses with `busy` and a server reads no more. */
  readonly unwrittenBytesMax: number
  readonly connectTimeoutMs: number
  /** How exact `timeoutMs` of a call is: one timer looks after all. */
  readonly sweepEveryMs: number
  /** Connections that a server accepts. */
  readonly connectionsMax: number
  /** How long `close` of a server waits for calls under way. */
  readonly drainMs: number
}

export const defaultPeerLimits: PeerLimits = Object.freeze({
  peerFrameBytesMax: 64 * 1024 * 1024,
  callsMax: 20_000,
  unwrittenBytesMax: 128 * 1024 * 1024,
  connectTimeoutMs: 2_000,
  sweepEveryMs: 100,
  connectionsMax: 256,
  drainMs: 2_500,
})
