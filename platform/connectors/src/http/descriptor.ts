import {
  type BytesLike,
  type DestinationDescriptor,
  type Encoded,
  encodeBytes,
  type SourceDescriptor,
} from '@samband/route'

export type HttpOptions = {
  /** Name of the endpoint in the deployment's configuration. */
  readonly endpoint: string
  /** For destinations: Content-Type of what this route sends; else the endpoint's. */
  readonly contentType?: string
}

export type HttpDescriptor = SourceDescriptor & DestinationDescriptor<BytesLike>

/** HTTP in and out: `.from(http({ endpoint: 'intake' }))`, `.to('registry', http({ endpoint: 'registry' }))`. */
export function http(options: HttpOptions): HttpDescriptor {
  const { endpoint, contentType } = options
  return Object.freeze({
    connector: 'http',
    endpoint,
    options: Object.freeze(contentType === undefined ? {} : { contentType }),
    encode:
      contentType === undefined ? encodeBytes : (item: BytesLike) => withContentType(encodeBytes(item), contentType),
  })
}

function withContentType(encoded: Encoded, contentType: string): Encoded {
  return { bytes: encoded.bytes, attributes: { ...encoded.attributes, 'http.header.content-type': contentType } }
}
