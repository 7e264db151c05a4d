/** Bounds of what the parser accepts. Each can be set per endpoint. */
export interface ParseLimits {
  /** Largest message in bytes (for a string: in characters). */
  readonly bytesMax: number
  /** Most segments of one message. */
  readonly segmentsMax: number
  /** Most issues reported for one input; one more says that the rest is left out. */
  readonly issuesMax: number
}

export const PARSE_LIMITS_DEFAULT: ParseLimits = {
  bytesMax: 64 * 1024 * 1024,
  segmentsMax: 100_000,
  issuesMax: 100,
}
