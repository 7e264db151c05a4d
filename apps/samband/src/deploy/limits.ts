/** Every bound of deployments. */
export type DeployLimits = {
  /** The source of one route with what it imports. */
  readonly sourceBytesMax: number
  readonly sourceFilesMax: number
  /** How often a process looks whether another one applied something. */
  readonly followEveryMs: number
  /** A process that could not follow tries again after so long. */
  readonly followAgainMs: number
  /** How often a process says that it lives. */
  readonly heartbeatMs: number
  /** A process that was not heard of for so long is no longer waited for. */
  readonly processSilentMs: number
  /** Messages that a plan runs through both revisions, unless it is told. */
  readonly messagesDefault: number
  /** An editor writes a file in several steps: a change counts when so long nothing followed it. */
  readonly watchQuietMs: number
  readonly rowsDefault: number
}

export const deployLimits: DeployLimits = Object.freeze({
  sourceBytesMax: 8 * 1024 * 1024,
  sourceFilesMax: 2_000,
  followEveryMs: 1_000,
  followAgainMs: 10_000,
  heartbeatMs: 4_000,
  processSilentMs: 15_000,
  messagesDefault: 200,
  watchQuietMs: 120,
  rowsDefault: 50,
})
