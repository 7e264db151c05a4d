import type { Queryable } from '@samband/store'
import type { EngineProcess } from '../engine-types.ts'

type Row = { epoch: number; node: number; address: string | null; started_at: Date; lanes: number }

/** Those that live as the database has it, the eldest first, with how many lanes each owns. */
export async function livingProcesses(
  db: Queryable,
  tenant: number,
  ownEpoch: number,
): Promise<readonly EngineProcess[]> {
  const { rows } = await db.query<Row>(
    `select p.epoch, p.node, p.address, p.started_at,
            (select count(*)::int4 from engine.lane l where l.tenant = p.tenant and l.epoch = p.epoch) as lanes
       from engine.process p where p.tenant = $1 and p.state = 'alive' order by p.epoch`,
    [tenant],
  )
  return rows.map(({ epoch, node, address, started_at, lanes }) => ({
    node,
    epoch,
    address,
    self: epoch === ownEpoch,
    lanesOwned: lanes,
    startedAt: started_at.toISOString(),
  }))
}
