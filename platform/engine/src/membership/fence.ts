import { SambandError } from '@samband/errors'
import type { DatabaseClient, Queryable } from '@samband/store'

/**
 * Advisory locks of one 8-byte key: 16 bits that say what for, 48 bits that say which. `pg_locks` shows such a key as
 * two halves with `objsubid` 1.
 *
 * - *node*, exclusive, held by the lease's session: this node number of this tenant is taken.
 * - *epoch*, shared, held by every session that writes for a process: who they are, when it has to be stopped.
 */
const nodeClass = 0x6e64n
const epochClass = 0x6570n
const nodesPerTenant = 32n

export function nodeKey(tenant: number, node: number): string {
  return String((nodeClass << 48n) | (BigInt(tenant) * nodesPerTenant + BigInt(node)))
}

function epochKey(epoch: number): string {
  return String((epochClass << 48n) | BigInt(epoch))
}

/** Holders of keys of this database; `pg_locks` lists those of the whole server. */
export const heldLocksSql = `
  select (l.classid::int8 << 32) | l.objid::int8 as key, l.pid
    from pg_locks l
   where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
     and l.database = (select oid from pg_database where datname = current_database())`

export function engineDeposed(epoch: number): SambandError {
  return new SambandError({
    code: 'engine-deposed',
    category: 'conflict',
    message: `this process (epoch ${epoch}) was taken for dead and others have its lanes: it must stop and may start again`,
  })
}

/**
 * Makes a session one that a taker can stop: from here on it either may write, or is ended before anybody else takes this
 * process's lanes. Call it on every connection that writes, right after connecting. With 'transaction' it holds until
 * the end of the current transaction: for connections of a pool.
 *
 * First the lock, then the look: a taker first writes 'dead', then ends the holders of the lock, so that one of the two
 * always finds the other.
 *
 * @throws SambandError `engine-deposed`
 */
export async function fence(
  client: Queryable,
  { tenant, epoch }: { readonly tenant: number; readonly epoch: number },
  scope: 'session' | 'transaction' = 'session',
): Promise<void> {
  const lock = scope === 'session' ? 'pg_advisory_lock_shared' : 'pg_advisory_xact_lock_shared'
  await client.query(`select ${lock}($1::int8)`, [epochKey(epoch)])
  const { rows } = await client.query<{ state: string }>(
    'select state from engine.process where tenant = $1 and epoch = $2',
    [tenant, epoch],
  )
  if (rows[0]?.state !== 'alive') throw engineDeposed(epoch)
}

const pollMs = 20
const endLimitMs = 5_000

/**
 * Ends every session of a process whose row is not 'alive' any more, and waits until none is left: then nothing of it can
 * be committed. Needs the same database role as that process has, or membership in `pg_signal_backend`.
 *
 * @throws SambandError `sessions-still-open`: the server did not end them in time; to be tried again
 */
export async function endSessionsOf(client: DatabaseClient, epoch: number): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < endLimitMs) {
    const { rows } = await client.query(
      `select pg_terminate_backend(pid) from (${heldLocksSql}) held where key = $1::int8 and pid <> pg_backend_pid()`,
      [epochKey(epoch)],
    )
    if (rows.length === 0) return
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
  throw new SambandError({
    code: 'sessions-still-open',
    category: 'busy',
    message: `the database has not ended the sessions of process ${epoch} yet: its lanes wait`,
  })
}

/** Which of these processes still have a session that writes. */
export async function epochsWithSessions(client: Queryable, epochs: readonly number[]): Promise<ReadonlySet<number>> {
  const keys = new Map(epochs.map(epoch => [epochKey(epoch), epoch]))
  const { rows } = await client.query<{ key: string }>(
    `select distinct key::text as key from (${heldLocksSql}) held where key = any($1::int8[])`,
    [[...keys.keys()]],
  )
  return new Set(rows.flatMap(({ key }) => keys.get(key) ?? []))
}
