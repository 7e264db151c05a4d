/**
 * Tenants kept apart by the database itself (PostgreSQL manual, "Row Security Policies").
 *
 * The engine writes as the owner of its tables, whom policies do not bind, so the hot path pays nothing. Whatever
 * answers a person or a foreign system (console, CLI, API) reads inside `asTenant`, which changes to a role that sees
 * the rows of one tenant only: a query that forgets `where tenant = ...` returns nothing of another hospital.
 */
import { SambandError } from '@samband/errors'
import type pg from 'pg'
import type { Database } from './database.ts'
import { databaseErrorCode } from './database-error.ts'
import { parseTableName } from './sql-name.ts'

/** Cannot log in; made by `migrate` when a policy needs it. */
export const tenantRole = 'samband_tenant'

export type TenantGrant = 'select' | 'insert' | 'update' | 'delete'

/**
 * SQL for a migration: rows of `table` are visible to `asTenant` when their `tenant` is that tenant. On a partitioned
 * table the policy stands on the table and holds for what is read through it.
 */
export function tenantPolicySql(table: string, grants: readonly TenantGrant[] = ['select']): string {
  const { schema } = parseTableName(table)
  const sameTenant = `tenant = nullif(current_setting('samband.tenant', true), '')::int`
  return `
    alter table ${table} enable row level security;
    create policy tenant_isolation on ${table} to ${tenantRole} using (${sameTenant}) with check (${sameTenant});
    grant usage on schema ${schema} to ${tenantRole};
    grant ${grants.join(', ')} on ${table} to ${tenantRole};
  `
}

/** One transaction that sees and writes the rows of one tenant only. */
export async function asTenant<T>(db: Database, tenant: number, fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return db.transaction(async client => {
    // Both are undone at the end of the transaction, before the connection goes back to the pool.
    await client.query(`select set_config('samband.tenant', $1, true), set_config('role', $2, true)`, [
      String(tenant),
      tenantRole,
    ])
    return fn(client)
  })
}

/**
 * Makes the role when it is missing and lets the database user change to it. Several databases of one server share it.
 *
 * @throws SambandError `database-role-missing` with the statement for the administrator
 */
export async function ensureTenantRole(client: pg.ClientBase): Promise<void> {
  try {
    await client.query(`
      do $$ begin
        if to_regrole('${tenantRole}') is null then create role ${tenantRole} nologin; end if;
      exception when duplicate_object or unique_violation then null;
      end $$`)
    await client.query(`
      do $$ begin
        if not pg_has_role(current_user, '${tenantRole}', 'member') then
          execute format('grant ${tenantRole} to %I', current_user);
        end if;
      end $$`)
  } catch (error) {
    if (databaseErrorCode(error) !== '42501') throw error
    throw new SambandError({
      code: 'database-role-missing',
      category: 'forbidden',
      message: `the user of SAMBAND_DATABASE_URL may not create roles: let an administrator run once: create role ${tenantRole}; grant ${tenantRole} to <that user>`,
      cause: error,
    })
  }
}
