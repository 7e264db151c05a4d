import type { Engine, Log } from '@samband/engine'
import type { AccessPort } from './access-port.ts'
import type { SystemStatus } from './contract.ts'
import type { DeploymentsPort } from './deployments-port.ts'
import type { OperationsLimits } from './limits.ts'

export type OperationsOptions = {
  readonly engine: Engine
  readonly access: AccessPort
  readonly deployments: DeploymentsPort
  /** Samband's own version. */
  readonly version: string
  readonly database: {
    readonly kind: SystemStatus['database']['kind']
    /** '18.4' */
    readonly version: string
    readonly bytes: () => Promise<number>
    /** Rejects when the database does not answer. */
    readonly ping: () => Promise<void>
  }
  /** Keyed hash of a patient id, so that the audit log can tell which patient was searched for without naming anyone. */
  readonly patientIndex: (patientId: string) => number
  readonly log: Log
  /** Whether browsers reach the server over TLS: cookies are then marked Secure. */
  readonly tls: boolean
  readonly limits?: Partial<OperationsLimits>
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

/** What endpoints work with. */
export type OperationsContext = Required<Omit<OperationsOptions, 'limits' | 'now'>> & {
  readonly limits: OperationsLimits
  readonly now: () => number
  readonly startedAt: Date
  readonly cookieName: string
  readonly status: () => Promise<SystemStatus>
}
