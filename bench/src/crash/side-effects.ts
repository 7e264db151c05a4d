import type { Connector } from '@samband/engine'
import { type Database, openDatabase } from '@samband/store'

/** The destination's name in the route, which its deliveries go by. */
export const ledgerName = 'ledger'
/** Of the control ids, so many take part: one transaction a message, each with a flush of its own, would slow down the rest. */
export const ledgerControlId: RegExp = /0$/

const window = 4

/** A destination in the engine's own database: a row for each message that it took, and no constraint that would hide a second one. */
export function ledgerConnector(db: Database): Connector {
  return {
    name: 'ledger',
    destination: {
      parseConfig: () => ({ ok: true, config: {} }),
      open: () =>
        Promise.resolve({
          address: 'table crash.effect',
          window,
          send: () => Promise.reject(new Error('the ledger delivers within the transaction of the settlement')),
          sendWithin: async (outgoing, settlement) =>
            await db.transaction(async client => {
              await settlement.begin(client)
              await client.query('insert into crash.effect (delivery) values ($1)', [outgoing.idempotencyKey])
              const reply = { code: 'written' }
              await settlement.settle(client, reply)
              return reply
            }),
          state: () => ({ status: 'up', connections: 0, counters: {} }),
          close: () => Promise.resolve(),
        }),
    },
  }
}

/** What the ledger should hold, and does: over a way of its own to the database, which nothing cuts. */
export class SideEffects {
  readonly #url: () => string

  private constructor(url: () => string) {
    this.#url = url
  }

  static async open(url: () => string): Promise<SideEffects> {
    const effects = new SideEffects(url)
    await effects.#with(db => db.pool.query('create schema crash; create table crash.effect (delivery text not null)'))
    return effects
  }

  /**
   * `wrong`: stored messages that did not take effect exactly once, and effects of none. What the engine stored, but told its sender
   * that it had not, is to have none.
   */
  async count(): Promise<{ readonly all: number; readonly wrong: number }> {
    const { rows } = await this.#with(db =>
      db.pool.query<{ all: number; wrong: number }>(
        `with expected as (
           select m.id || $2 as delivery,
                  case when exists (select from engine.event e where e.tenant = m.tenant and e.message_id = m.id and e.kind = 8)
                       then 0 else 1 end as times
             from engine.message m where m.control_id ~ $1),
         found as (select delivery, count(*)::int4 as times from crash.effect group by delivery)
         select count(found.times)::int4 as all,
                count(*) filter (where expected.times is null or expected.times <> coalesce(found.times, 0))::int4 as wrong
           from expected full join found using (delivery)`,
        [ledgerControlId.source, `/${ledgerName}/0`],
      ),
    )
    return rows[0] ?? { all: 0, wrong: 0 }
  }

  async #with<T>(ask: (db: Database) => Promise<T>): Promise<T> {
    const db = await openDatabase({ url: this.#url(), poolMax: 1, statementTimeoutMs: 0 })
    try {
      return await ask(db)
    } finally {
      await db.close()
    }
  }
}
