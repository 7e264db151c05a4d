/** Bounds of what is read as XML. */
export interface XmlLimits {
  /** Largest document in bytes (for a string: in characters), and largest message that it may become. */
  readonly bytesMax: number
  /** Deepest nesting of elements; the deepest structure of the standard needs 12. */
  readonly depthMax: number
  /** Highest number of a field, component or subcomponent. */
  readonly numberMax: number
}

export const XML_LIMITS_DEFAULT: XmlLimits = {
  bytesMax: 64 * 1024 * 1024,
  depthMax: 64,
  numberMax: 1000,
}
