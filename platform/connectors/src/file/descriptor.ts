import { type BytesLike, type DestinationDescriptor, encodeBytes, type SourceDescriptor } from '@samband/route'

export type FileOptions<In extends BytesLike = BytesLike> = {
  /** Name of the endpoint in the deployment's configuration. */
  readonly endpoint: string
  /** For destinations: the file's name. Characters that a name cannot hold become '_'. Default: the delivery's key. */
  readonly fileName?: (item: In) => string
}

export type FileDescriptor<In extends BytesLike = BytesLike> = SourceDescriptor & DestinationDescriptor<In>

/** Files in and out: `.from(file({ endpoint: 'drop' }))`, `.to('export', file({ endpoint: 'export', fileName: ... }))`. */
export function file<In extends BytesLike = BytesLike>(options: FileOptions<In>): FileDescriptor<In> {
  const { endpoint, fileName } = options
  return Object.freeze({
    connector: 'file',
    endpoint,
    options: Object.freeze({}),
    encode: (item: In) => {
      const encoded = encodeBytes(item)
      // A name that came with the message (from a file source) stays; one that the route gives wins.
      if (fileName === undefined) return encoded
      return { bytes: encoded.bytes, attributes: { ...encoded.attributes, 'file.name': fileName(item) } }
    },
  })
}
