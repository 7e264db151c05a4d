import type { AuditEvent } from '@samband/audit'
import type { Page } from '@samband/engine'

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

/** `wrong` does not say whether there is such a user, and takes as long as when it is right. */
export type SignInResult =
  | {
      readonly ok: true
      readonly principal: Principal
      /** Goes into the cookie; nothing else knows it. */
      readonly sessionToken: string
      readonly expiresAt: Date
    }
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterMs: number }

export type TokenFacts = {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}

export type UserFacts = {
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAt: string
  readonly passwordChangedAt: string
  readonly signedInAt: string | null
}

/** One line of the audit log. */
export type AuditView = {
  readonly id: number
  readonly at: string
  readonly actor: string
  readonly actorKind: string
  readonly action: string
  readonly subject: { readonly kind: string; readonly id: string } | null
  readonly outcome: string
  readonly purpose: string | null
  readonly detail: Readonly<Record<string, string | number | boolean>>
  readonly address: string | null
}

/** POST /api/v1/audit/search */
export type AuditSearch = {
  readonly actor?: string
  readonly action?: string
  /** Who looked at this patient, or looked for them. */
  readonly patientId?: string
  readonly messageId?: number
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly cursor?: string
}

export type AccessPort = {
  readonly signIn: (name: string, password: string, address: string) => Promise<SignInResult>
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
  readonly users: () => Promise<readonly UserFacts[]>
  /** A user with a generated password. Rejects with `user-exists`, `user-name-invalid`. */
  readonly createUser: (name: string, roles: readonly string[]) => Promise<string>
  /** False: no such user, or the last administrator. */
  readonly removeUser: (name: string) => Promise<boolean>
  /** The user's own choice; every session ends. False: the old one is wrong. Rejects with `password-weak`. */
  readonly changePassword: (name: string, oldPassword: string, newPassword: string) => Promise<boolean>
  /** A new generated password; every session of that user ends. Undefined: no such user. */
  readonly resetPassword: (name: string) => Promise<string | undefined>
  readonly searchAudit: (search: AuditSearch) => Promise<Page<AuditView>>
  /** Rejects when it could not be written: then the answer must not leave. */
  readonly audit: (event: AuditEvent) => Promise<void>
}
