/** Every bound of the operations API, with its default. */
export type OperationsLimits = {
  /** A JSON request, except an edited message. */
  readonly requestBytesMax: number
  /** An edited message in base64 within JSON: 4/3 of the engine's largest message, and room. */
  readonly editRequestBytesMax: number
  /** Listeners of /api/v1/events at once. */
  readonly eventListenersMax: number
  /** What may wait for one slow listener before it is cut off. */
  readonly eventBacklogBytesMax: number
  readonly eventIntervalMs: number
  /** How often a listener's session is asked for again. */
  readonly eventSessionCheckMs: number
  /** Nodes of one parsed tree; what is beyond is cut off and said so. */
  readonly treeNodesMax: number
}

export const defaultOperationsLimits: OperationsLimits = Object.freeze({
  requestBytesMax: 1024 * 1024,
  editRequestBytesMax: 70 * 1024 * 1024,
  eventListenersMax: 100,
  eventBacklogBytesMax: 1024 * 1024,
  eventIntervalMs: 1_000,
  eventSessionCheckMs: 15_000,
  treeNodesMax: 50_000,
})
