/**
 * `dictionary-not-loaded`: a synchronous look-up in a version that `loadDictionary` was not awaited for.
 * `structure-unknown`: the version has no such message structure.
 * `declaration-invalid`: a segment, table or structure declared by this site does not fit together.
 */
export type DictionaryErrorCode = 'dictionary-not-loaded' | 'structure-unknown' | 'declaration-invalid'

/** A use of the dictionary that is wrong in the code that makes it. */
export class DictionaryError extends Error {
  readonly code: DictionaryErrorCode
  readonly category = 'fault' as const

  constructor(code: DictionaryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DictionaryError'
    this.code = code
  }
}
