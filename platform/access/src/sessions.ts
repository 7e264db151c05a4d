import type { AccessContext } from './access-context.ts'
import type { Principal } from './principal.ts'
import { isRole } from './roles.ts'
import { createSecretToken, parseSecretToken, sameHash } from './secret-token.ts'

export type Session = {
  readonly principal: Principal
  /** Goes into the cookie; only its hash is stored. */
  readonly sessionToken: string
  readonly expiresAt: Date
}

type SessionRow = { hash: Buffer; used_at: Date; expires_at: Date; user_name: string; roles: string[] }

/** A session lives until it expires, is idle for too long, is ended, or its user's password changes. */
export class Sessions {
  readonly #context: AccessContext

  constructor(context: AccessContext) {
    this.#context = context
  }

  async start(principal: Principal): Promise<Session> {
    const { db, tenant, now, limits } = this.#context
    const { id, hash, text } = createSecretToken('session')
    const at = now()
    const expiresAt = new Date(at + limits.sessionMs)
    await db.pool.query(
      `insert into access.session (tenant, id, hash, user_name, created_at, used_at, expires_at)
       values ($1, $2, $3, $4, $5, $5, $6)`,
      [tenant, id, hash, principal.name, new Date(at), expiresAt],
    )
    return { principal, sessionToken: text, expiresAt }
  }

  /** The roles are read anew each time, so that a change takes effect at once. */
  async verify(sessionToken: string): Promise<Principal | undefined> {
    const { db, tenant, now, limits } = this.#context
    const token = parseSecretToken('session', sessionToken)
    if (token === undefined) return undefined
    const { rows } = await db.pool.query<SessionRow>({
      name: 'access-session',
      text: `select s.hash, s.used_at, s.expires_at, s.user_name, u.roles
               from access.session s
               join access.user_account u on u.tenant = s.tenant and u.name = s.user_name
              where s.tenant = $1 and s.id = $2`,
      values: [tenant, token.id],
    })
    const row = rows[0]
    if (row === undefined || !sameHash(row.hash, token.hash)) return undefined
    const at = now()
    const idleMs = at - row.used_at.getTime()
    if (at >= row.expires_at.getTime() || idleMs >= limits.sessionIdleMs) return undefined
    if (idleMs >= limits.lastUsedPrecisionMs) {
      const touch = 'update access.session set used_at = $3 where tenant = $1 and id = $2'
      await db.pool.query(touch, [tenant, token.id, new Date(at)])
    }
    return { name: row.user_name, roles: row.roles.filter(isRole), kind: 'person' }
  }

  async end(sessionToken: string): Promise<void> {
    const token = parseSecretToken('session', sessionToken)
    if (token === undefined) return
    const { db, tenant } = this.#context
    const statement = 'delete from access.session where tenant = $1 and id = $2 and hash = $3'
    await db.pool.query(statement, [tenant, token.id, token.hash])
  }

  /** Removes what has expired. Returns how many. */
  async sweep(): Promise<number> {
    const { db, tenant, now, limits } = this.#context
    const { rowCount } = await db.pool.query(
      'delete from access.session where tenant = $1 and (expires_at <= $2 or used_at <= $3)',
      [tenant, new Date(now()), new Date(now() - limits.sessionIdleMs)],
    )
    return rowCount ?? 0
  }
}
