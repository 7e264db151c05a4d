import { SambandError } from '@samband/errors'
import { type Database, migrate } from '@samband/store'
import type { AccessContext } from './access-context.ts'
import { HashingQueue } from './hashing-queue.ts'
import { type AccessLimits, defaultAccessLimits } from './limits.ts'
import { accessMigrations } from './migrations.ts'
import { defaultPasswordCost, generatePassword, type PasswordCost } from './password.ts'
import type { Principal } from './principal.ts'
import { type Session, Sessions } from './sessions.ts'
import { SignInThrottle } from './throttle.ts'
import { type TokenFacts, type TokenRequest, Tokens } from './tokens.ts'
import { isUserName, type UserFacts, Users } from './users.ts'

export type AccessOptions = {
  readonly db: Database
  readonly tenant: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly limits?: Partial<AccessLimits>
  /** How expensive a password is to guess. Lower it in tests only. */
  readonly passwordCost?: PasswordCost
}

/** `wrong` does not say whether there is such a user. */
export type LoginResult =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterMs: number }

/** Who may enter one tenant: users with passwords and sessions, programs with tokens. */
export interface Access {
  /**
   * The first administrator, `admin`, with the given or a generated password that is shown this once; nothing when there
   * is one. @throws SambandError `password-weak`
   */
  ensureAdmin(given?: {
    readonly password: string
  }): Promise<{ created: false } | { created: true; user: string; password: string }>
  /** A user with a generated password. @throws SambandError `user-exists`, `user-name-invalid`, `role-unknown` */
  createUser(name: string, roles: readonly string[]): Promise<{ password: string }>
  listUsers(): Promise<UserFacts[]>
  /** False: no such user, or the last administrator. */
  removeUser(name: string): Promise<boolean>
  /** A new generated password; every session of that user ends. Undefined: no such user. */
  resetPassword(name: string): Promise<string | undefined>
  /** The user's own choice; every session ends. False: the old one is wrong. @throws SambandError `password-weak` */
  changePassword(name: string, oldPassword: string, newPassword: string): Promise<boolean>
  /**
   * Takes as long for a wrong name as for a wrong password. Throttled per name and address, and per address, in this
   * process. Without an address the caller does that.
   *
   * @throws SambandError `sign-in-busy`
   */
  login(name: string, password: string, from?: { readonly address: string }): Promise<LoginResult>
  /** Undefined: unknown, expired, idle for too long or ended. */
  verifySession(sessionToken: string): Promise<Principal | undefined>
  logout(sessionToken: string): Promise<void>
  createToken(request: TokenRequest): Promise<{ facts: TokenFacts; token: string }>
  listTokens(): Promise<TokenFacts[]>
  /** Takes effect at once. False: no such token. */
  revokeToken(id: string): Promise<boolean>
  /** Undefined: unknown, expired or revoked. */
  verifyToken(token: string): Promise<Principal | undefined>
  /** Removes expired sessions; call it once an hour or so. Returns how many. */
  sweep(): Promise<number>
}

export const firstAdministrator = 'admin'

export async function openAccess(options: AccessOptions): Promise<Access> {
  await migrate(options.db, { schema: 'access', migrations: accessMigrations })
  const limits = { ...defaultAccessLimits, ...options.limits }
  const context: AccessContext = { db: options.db, tenant: options.tenant, now: options.now, limits }
  return new OpenAccess(context, options.passwordCost ?? defaultPasswordCost)
}

class OpenAccess implements Access {
  readonly #limits: AccessLimits
  readonly #users: Users
  readonly #sessions: Sessions
  readonly #tokens: Tokens
  readonly #throttle: SignInThrottle

  constructor(context: AccessContext, cost: PasswordCost) {
    const { limits, now } = context
    this.#limits = limits
    this.#users = new Users(context, new HashingQueue(limits.hashingAtOnce, limits.hashingWaitingMax), cost)
    this.#sessions = new Sessions(context)
    this.#tokens = new Tokens(context)
    this.#throttle = new SignInThrottle(limits, now)
  }

  async ensureAdmin(given?: {
    readonly password: string
  }): Promise<{ created: false } | { created: true; user: string; password: string }> {
    if (await this.#users.hasAdministrator()) return { created: false }
    const password = given?.password ?? generatePassword()
    this.#assertStrong(password)
    // Of two processes that start at once, one makes it and knows the password.
    const created = await this.#users.insert(firstAdministrator, ['administrator'], password)
    return created ? { created, user: firstAdministrator, password } : { created }
  }

  createUser(name: string, roles: readonly string[]): Promise<{ password: string }> {
    return this.#users.create(name, roles)
  }

  listUsers(): Promise<UserFacts[]> {
    return this.#users.list()
  }

  removeUser(name: string): Promise<boolean> {
    return this.#users.remove(name)
  }

  async resetPassword(name: string): Promise<string | undefined> {
    const password = generatePassword()
    return (await this.#users.setPassword(name, password)) ? password : undefined
  }

  async changePassword(name: string, oldPassword: string, newPassword: string): Promise<boolean> {
    this.#assertStrong(newPassword, oldPassword)
    if ((await this.#users.verify(name, oldPassword)) === undefined) return false
    return await this.#users.setPassword(name, newPassword)
  }

  /** Length is what counts (NIST SP 800-63B §3.1.1.2); rules about characters make passwords worse. */
  #assertStrong(password: string, old?: string): void {
    const { passwordLengthMin: min, passwordLengthMax: max } = this.#limits
    if (password.length >= min && password.length <= max && password !== old) return
    throw new SambandError({
      code: 'password-weak',
      category: 'incorrect',
      message: `a password has ${min} to ${max} characters${old === undefined ? '' : ' and is not the old one'}`,
    })
  }

  async login(name: string, password: string, from?: { readonly address: string }): Promise<LoginResult> {
    if (from === undefined) return await this.#login(name, password)
    // Names that nobody can have count together, so that the throttle does not remember long ones.
    const counted = isUserName(name) ? name : ''
    const retryAfterMs = this.#throttle.begin(counted, from.address)
    if (retryAfterMs !== undefined) return { ok: false, reason: 'throttled', retryAfterMs }
    try {
      const result = await this.#login(name, password)
      if (result.ok) this.#throttle.succeeded(counted, from.address)
      return result
    } catch (error) {
      this.#throttle.withdraw(counted, from.address)
      throw error
    }
  }

  async #login(name: string, password: string): Promise<LoginResult> {
    const roles = await this.#users.verify(name, password)
    if (roles === undefined) return { ok: false, reason: 'wrong' }
    return { ok: true, session: await this.#sessions.start({ name, roles, kind: 'person' }) }
  }

  verifySession(sessionToken: string): Promise<Principal | undefined> {
    return this.#sessions.verify(sessionToken)
  }

  logout(sessionToken: string): Promise<void> {
    return this.#sessions.end(sessionToken)
  }

  createToken(request: TokenRequest): Promise<{ facts: TokenFacts; token: string }> {
    return this.#tokens.create(request)
  }

  listTokens(): Promise<TokenFacts[]> {
    return this.#tokens.list()
  }

  revokeToken(id: string): Promise<boolean> {
    return this.#tokens.revoke(id)
  }

  verifyToken(token: string): Promise<Principal | undefined> {
    return this.#tokens.verify(token)
  }

  sweep(): Promise<number> {
    return this.#sessions.sweep()
  }
}
