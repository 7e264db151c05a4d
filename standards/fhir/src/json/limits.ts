/** Bounds of what is read, whatever the format. Each can be set per endpoint. */
export interface ReadLimits {
  /** Largest input in bytes (for a string: in characters). */
  readonly bytesMax: number
  /** How many objects, lists or elements may be inside each other. */
  readonly depthMax: number
  /** Most issues reported for one input. */
  readonly issuesMax: number
}

export const READ_LIMITS_DEFAULT: ReadLimits = { bytesMax: 64 * 1024 * 1024, depthMax: 128, issuesMax: 100 }
