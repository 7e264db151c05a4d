import { SambandError } from '@samband/errors'
import type { AccessContext } from './access-context.ts'
import type { HashingQueue } from './hashing-queue.ts'
import { checkPassword, decoyHash, generatePassword, hashPassword, type PasswordCost } from './password.ts'
import { isRole, parseRoles, type Role } from './roles.ts'

export type UserFacts = {
  readonly name: string
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly passwordChangedAt: Date
  readonly signedInAt: Date | null
}

type UserRow = {
  name: string
  roles: string[]
  created_at: Date
  password_changed_at: Date
  signed_in_at: Date | null
}

/** The accounts of one tenant and their passwords. */
export class Users {
  readonly #context: AccessContext
  readonly #queue: HashingQueue
  readonly #cost: PasswordCost

  constructor(context: AccessContext, queue: HashingQueue, cost: PasswordCost) {
    this.#context = context
    this.#queue = queue
    this.#cost = cost
  }

  /** False when there is a user of that name already. */
  async insert(name: string, roles: readonly Role[], password: string): Promise<boolean> {
    const { db, tenant, now } = this.#context
    const { rowCount } = await db.pool.query(
      `insert into access.user_account (tenant, name, password_hash, roles, created_at, password_changed_at)
       values ($1, $2, $3, $4, $5, $5) on conflict (tenant, name) do nothing`,
      [tenant, name, await this.#hash(password), roles, new Date(now())],
    )
    return rowCount === 1
  }

  /** @throws SambandError `user-exists`, `user-name-invalid`, `role-unknown` */
  async create(name: string, roles: readonly string[]): Promise<{ password: string }> {
    const password = generatePassword()
    if (await this.insert(parseUserName(name), parseRoles(roles), password)) return { password }
    throw new SambandError({ code: 'user-exists', category: 'conflict', message: `there is a user ${name} already` })
  }

  async hasAdministrator(): Promise<boolean> {
    const { rows } = await this.#context.db.pool.query(
      `select from access.user_account where tenant = $1 and 'administrator' = any(roles) limit 1`,
      [this.#context.tenant],
    )
    return rows.length > 0
  }

  async list(): Promise<UserFacts[]> {
    const { rows } = await this.#context.db.pool.query<UserRow>(
      `select name, roles, created_at, password_changed_at, signed_in_at
         from access.user_account where tenant = $1 order by name`,
      [this.#context.tenant],
    )
    return rows.map(row => ({
      name: row.name,
      roles: row.roles.filter(isRole),
      createdAt: row.created_at,
      passwordChangedAt: row.password_changed_at,
      signedInAt: row.signed_in_at,
    }))
  }

  /** The sessions go with it. The last administrator stays. */
  async remove(name: string): Promise<boolean> {
    const { db, tenant } = this.#context
    const { rowCount } = await db.pool.query(
      `delete from access.user_account u where tenant = $1 and name = $2
          and (not 'administrator' = any(roles) or exists (select from access.user_account o
                where o.tenant = $1 and o.name <> $2 and 'administrator' = any(o.roles)))`,
      [tenant, name],
    )
    return rowCount === 1
  }

  /** Every session of that user ends. False: no such user. */
  async setPassword(name: string, password: string): Promise<boolean> {
    const { db, tenant, now } = this.#context
    const hash = await this.#hash(password)
    return await db.transaction(async client => {
      const { rowCount } = await client.query(
        'update access.user_account set password_hash = $3, password_changed_at = $4 where tenant = $1 and name = $2',
        [tenant, name, hash, new Date(now())],
      )
      await client.query('delete from access.session where tenant = $1 and user_name = $2', [tenant, name])
      return rowCount === 1
    })
  }

  /** The roles when name and password fit. Takes as long when they do not, or when there is no such user. */
  async verify(name: string, password: string): Promise<Role[] | undefined> {
    const { db, tenant, now, limits } = this.#context
    const account = isUserName(name) ? await this.#account(name) : undefined
    const stored = account?.password_hash ?? decoyHash(this.#cost)
    const given = password.length > limits.passwordLengthMax ? '' : password
    const check = await this.#queue.run(() => checkPassword(given, stored, this.#cost))
    if (check === 'wrong' || account === undefined) return undefined
    const newer = check === 'outdated' ? await this.#hash(password) : undefined
    await db.pool.query(
      `update access.user_account set signed_in_at = $3, password_hash = coalesce($4, password_hash)
        where tenant = $1 and name = $2 and password_hash = $5`,
      [tenant, name, new Date(now()), newer ?? null, stored],
    )
    return account.roles.filter(isRole)
  }

  async #account(name: string): Promise<{ password_hash: string; roles: string[] } | undefined> {
    const { rows } = await this.#context.db.pool.query<{ password_hash: string; roles: string[] }>(
      'select password_hash, roles from access.user_account where tenant = $1 and name = $2',
      [this.#context.tenant, name],
    )
    return rows[0]
  }

  #hash(password: string): Promise<string> {
    return this.#queue.run(() => hashPassword(password, this.#cost))
  }
}

/** Lower case, so that no two users differ by case only. */
export function isUserName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(name)
}

function parseUserName(name: string): string {
  if (isUserName(name)) return name
  throw new SambandError({
    code: 'user-name-invalid',
    category: 'incorrect',
    message: 'a user name is 1 to 64 lower-case letters, digits and . _ @ -, and begins with a letter or a digit',
  })
}
