/** Every bound of the audit log, with its default. */
export type AuditLimits = {
  /** Events that wait for the database; more are refused as `busy`. */
  readonly pendingMax: number
  /** Events in one statement. */
  readonly batchMax: number
  /** Of `detail` as JSON. */
  readonly detailBytesMax: number
  /** Of actor, action, subject, purpose and address, each. */
  readonly textLengthMax: number
  /** Events in one page of a search. */
  readonly pageMax: number
}

export const defaultAuditLimits: AuditLimits = Object.freeze({
  pendingMax: 10_000,
  batchMax: 500,
  detailBytesMax: 4_096,
  textLengthMax: 500,
  pageMax: 1_000,
})
