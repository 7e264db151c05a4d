import { type BytesLike, type DestinationDescriptor, encodeBytes, type SourceDescriptor } from '@samband/route'

export type MllpOptions = {
  /** Name of the endpoint in the deployment's configuration. */
  readonly endpoint: string
  /** For sources: AA goes out once the message is committed. There is no weaker choice. */
  readonly ack?: 'after-store'
}

export type MllpDescriptor = SourceDescriptor & DestinationDescriptor<BytesLike>

/** HL7 v2 over MLLP, in and out: `.from(mllp({ endpoint: 'lis-in' }))`, `.to('ehr', mllp({ endpoint: 'ehr-out' }))`. */
export function mllp(options: MllpOptions): MllpDescriptor {
  return Object.freeze({
    connector: 'mllp',
    endpoint: options.endpoint,
    options: Object.freeze({ ack: options.ack ?? 'after-store' }),
    encode: encodeBytes,
  })
}
