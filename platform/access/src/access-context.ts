import type { Database } from '@samband/store'
import type { AccessLimits } from './limits.ts'

/** What users, sessions and tokens share. */
export type AccessContext = {
  readonly db: Database
  readonly tenant: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly limits: AccessLimits
}
