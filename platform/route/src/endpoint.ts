import type { Encoded, Raw } from './payload.ts'

/**
 * Where messages come from. Made by a connector's function (`mllp({ endpoint: 'lis-in' })`). Only the endpoint's name is
 * code: host, port, certificates and credentials come from the deployment's configuration.
 */
export type SourceDescriptor = {
  /** Which connector opens it: 'mllp', 'http', 'file', 'timer', 'relay'. */
  readonly connector: string
  readonly endpoint: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Where messages go. `In` is what this destination can encode; anything else does not compile. */
export type DestinationDescriptor<In> = {
  readonly connector: string
  readonly endpoint: string
  readonly options: Readonly<Record<string, unknown>>
  /** Pure: the item as bytes for the wire. */
  readonly encode: (item: In) => Encoded
}

/** Anything that can be sent as it is by a byte transport. */
export type BytesLike = Raw | Uint8Array | string | { format(): Uint8Array }

const noAttributes: Readonly<Record<string, string>> = Object.freeze({})
const utf8 = new TextEncoder()

/** The bytes of anything BytesLike: Raw and bytes as they are, text as UTF-8, a message by its own `format()`. */
export function encodeBytes(item: BytesLike): Encoded {
  if (typeof item === 'string') return { bytes: utf8.encode(item), attributes: noAttributes }
  if (item instanceof Uint8Array) return { bytes: item, attributes: noAttributes }
  if ('bytes' in item) return item
  return { bytes: item.format(), attributes: noAttributes }
}
