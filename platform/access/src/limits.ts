/** Every bound of access, with its default. */
export type AccessLimits = {
  /** A session ends after this, whatever happens. */
  readonly sessionMs: number
  /** A session that nobody uses ends after this. */
  readonly sessionIdleMs: number
  /** How exactly the last use of a session or a token is remembered: each time costs a write. */
  readonly lastUsedPrecisionMs: number
  /** Failed sign-ins of one name from one address within the window; then further ones are refused unseen. */
  readonly failuresPerNameAndAddressMax: number
  /** The same from one address, whatever the names. */
  readonly failuresPerAddressMax: number
  readonly failureWindowMs: number
  /** Names and addresses that are remembered; the oldest is forgotten first. */
  readonly failuresRemembered: number
  /** Passwords that are hashed at once: each takes 32 MB and a thread of four. */
  readonly hashingAtOnce: number
  /** Sign-ins that wait for their turn; more are refused as `busy`. */
  readonly hashingWaitingMax: number
  /** A longer password is refused unseen. */
  readonly passwordLengthMax: number
  readonly passwordLengthMin: number
}

export const defaultAccessLimits: AccessLimits = Object.freeze({
  sessionMs: 12 * 3_600_000,
  sessionIdleMs: 3_600_000,
  lastUsedPrecisionMs: 60_000,
  failuresPerNameAndAddressMax: 5,
  failuresPerAddressMax: 30,
  failureWindowMs: 15 * 60_000,
  failuresRemembered: 10_000,
  hashingAtOnce: 2,
  hashingWaitingMax: 50,
  passwordLengthMax: 200,
  passwordLengthMin: 12,
})
