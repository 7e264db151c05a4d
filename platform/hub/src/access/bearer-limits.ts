/** Bounds of the verification of access tokens. */
export type BearerLimits = {
  readonly tokenCharactersMax: number
  /** How far the clocks of an issuer and this server may be apart. */
  readonly clockToleranceSeconds: number
  /** Fetching an issuer's keys. */
  readonly keysTimeoutMs: number
  readonly keysBytesMax: number
  /** Older keys are fetched again. */
  readonly keysAgeMs: number
  /** Keys that cannot be fetched again are used for so long: an issuer that restarts does not stop the hospital. */
  readonly keysStaleMs: number
  /** Between two fetches, whatever tokens come: for keys that are not known, and after a failure. */
  readonly keysCooldownMs: number
  /** A token that was verified is believed for so long without another look at its signature. */
  readonly verifiedMs: number
  readonly verifiedMax: number
}

export const bearerLimitsDefault: BearerLimits = {
  tokenCharactersMax: 16_384,
  clockToleranceSeconds: 30,
  keysTimeoutMs: 5_000,
  keysBytesMax: 1024 * 1024,
  keysAgeMs: 10 * 60_000,
  keysStaleMs: 6 * 3_600_000,
  keysCooldownMs: 15_000,
  verifiedMs: 30_000,
  verifiedMax: 2_000,
}
