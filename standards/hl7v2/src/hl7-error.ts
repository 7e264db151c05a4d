/** What a caller did wrong when building or editing a message. */
export type Hl7ErrorCode =
  | 'path-invalid'
  | 'segment-absent'
  | 'segment-invalid'
  | 'text-not-encodable'
  | 'raw-breaks-structure'
  | 'header-immutable'
  | 'header-invalid'
  | 'charset-unsupported'
  | 'frame-invalid'
  | 'batch-invalid'
  | 'protocol-state'

/**
 * Thrown for a mistake in code, never for bad input: an invalid dynamic path, a text that the message's character set
 * cannot hold. Its message names the path and never a value.
 */
export class Hl7Error extends Error {
  readonly code: Hl7ErrorCode
  readonly category = 'incorrect' as const
  readonly path: string | undefined

  constructor(code: Hl7ErrorCode, message: string, path?: string) {
    super(message)
    this.name = 'Hl7Error'
    this.code = code
    this.path = path
  }
}
