import { SambandError } from '@samband/errors'
import type { AccessContext } from './access-context.ts'
import type { Principal } from './principal.ts'
import { isRole, parseRoles, type Role } from './roles.ts'
import { createSecretToken, parseSecretToken, sameHash } from './secret-token.ts'

/** A program's token, without the token itself. */
export type TokenFacts = {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly createdBy: string
  /** Null: never. */
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
}

export type TokenRequest = {
  /** What it is for: 'monitoring', 'nightly export'. Appears in the audit log. */
  readonly name: string
  readonly roles: readonly string[]
  readonly expiresAt: Date | null
  readonly createdBy: string
}

type TokenRow = {
  id: string
  hash: Buffer
  name: string
  roles: string[]
  created_at: Date
  created_by: string
  used_at: Date | null
  expires_at: Date | null
}

const columns = 'id, hash, name, roles, created_at, created_by, used_at, expires_at'

export class Tokens {
  readonly #context: AccessContext

  constructor(context: AccessContext) {
    this.#context = context
  }

  /** @throws SambandError `token-name-invalid`, `role-unknown` */
  async create(request: TokenRequest): Promise<{ facts: TokenFacts; token: string }> {
    const { db, tenant, now } = this.#context
    const name = request.name.trim()
    if (name === '' || name.length > 100) throw nameInvalid()
    const { id, hash, text } = createSecretToken('samband')
    const { rows } = await db.pool.query<TokenRow>(
      `insert into access.api_token (tenant, id, hash, name, roles, created_at, created_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
      [tenant, id, hash, name, parseRoles(request.roles), new Date(now()), request.createdBy, request.expiresAt],
    )
    return { facts: rows.map(factsOf)[0] ?? fail(), token: text }
  }

  async list(): Promise<TokenFacts[]> {
    const { rows } = await this.#context.db.pool.query<TokenRow>(
      `select ${columns} from access.api_token where tenant = $1 order by created_at desc, id`,
      [this.#context.tenant],
    )
    return rows.map(factsOf)
  }

  /** Takes effect at once. False: no such token. */
  async revoke(id: string): Promise<boolean> {
    const { db, tenant } = this.#context
    const { rowCount } = await db.pool.query('delete from access.api_token where tenant = $1 and id = $2', [tenant, id])
    return rowCount === 1
  }

  async verify(text: string): Promise<Principal | undefined> {
    const { db, tenant, now, limits } = this.#context
    const token = parseSecretToken('samband', text)
    if (token === undefined) return undefined
    const { rows } = await db.pool.query<TokenRow>({
      name: 'access-token',
      text: `select ${columns} from access.api_token where tenant = $1 and id = $2`,
      values: [tenant, token.id],
    })
    const row = rows[0]
    if (row === undefined || !sameHash(row.hash, token.hash)) return undefined
    const at = now()
    if (row.expires_at !== null && at >= row.expires_at.getTime()) return undefined
    if (row.used_at === null || at - row.used_at.getTime() >= limits.lastUsedPrecisionMs) {
      const touch = 'update access.api_token set used_at = $3 where tenant = $1 and id = $2'
      await db.pool.query(touch, [tenant, token.id, new Date(at)])
    }
    return { name: row.name, roles: row.roles.filter(isRole), kind: 'token' }
  }
}

function factsOf(row: TokenRow): TokenFacts {
  return {
    id: row.id,
    name: row.name,
    roles: row.roles.filter(isRole),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    lastUsedAt: row.used_at,
  }
}

function nameInvalid(): SambandError {
  return new SambandError({
    code: 'token-name-invalid',
    category: 'incorrect',
    message: 'a token needs a name of 1 to 100 characters that says what it is for',
  })
}

function fail(): never {
  throw new SambandError({ code: 'token-not-stored', category: 'fault', message: 'the token was not stored' })
}
