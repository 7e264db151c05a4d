import type { AuditEvent } from '@samband/audit'

/**
 * What the operations API needs from access and audit. The app fits @samband/access and @samband/audit to it; tests use one in memory.
 */

/** Who asks. */
export type Principal = {
  readonly name: string
  readonly roles: readonly string[]
  /** 'person': signed in with a password; 'token': a program. */
  readonly kind: 'person' | 'token'
}

export type SignedIn = {
  readonly principal: Principal
  /** Goes into the cookie; nothing else knows it. */
  readonly sessionToken: string
  readonly expiresAt: Date
}

export type TokenFacts = {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}

export type AccessPort = {
  /** Undefined: name or password is wrong; takes as long as when they are right. */
  readonly signIn: (name: string, password: string) => Promise<SignedIn | undefined>
  /** Undefined: unknown, expired or ended. */
  readonly session: (sessionToken: string) => Promise<Principal | undefined>
  readonly signOut: (sessionToken: string) => Promise<void>
  readonly bearer: (token: string) => Promise<Principal | undefined>
  readonly createToken: (request: {
    readonly name: string
    readonly roles: readonly string[]
    readonly expiresAt: Date | null
    readonly createdBy: string
  }) => Promise<{ readonly facts: TokenFacts; readonly token: string }>
  readonly tokens: () => Promise<readonly TokenFacts[]>
  /** False: no such token. */
  readonly revokeToken: (id: string) => Promise<boolean>
  /** A new generated password; every session of that user ends. Undefined: no such user. */
  readonly resetPassword: (name: string) => Promise<string | undefined>
  /** Rejects when it could not be written: then the answer must not leave. */
  readonly audit: (event: AuditEvent) => Promise<void>
}
