/** What a source takes off the wire: the bytes exactly as they came, and what the transport said about them. */
export type Raw = {
  readonly bytes: Uint8Array
  /** Transport facts: 'file.name', 'http.path', 'http.header.content-type' ... Never used for ordering or identity. */
  readonly attributes: Readonly<Record<string, string>>
}

/** What goes to a destination: bytes ready for the wire, and facts for the transport (file name, headers). */
export type Encoded = Raw
