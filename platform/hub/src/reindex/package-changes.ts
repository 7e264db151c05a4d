import type { Queryable } from '@samband/store'
import type { PackageIndexing } from '../packages/package-parameters.ts'
import type { HubStore } from '../storage/hub-store.ts'
import { definitionsSeq, lockedSetting, setSetting } from './definition-changes.ts'
import { indexVersion } from './index-version.ts'
import type { ReindexJobs } from './reindex-jobs.ts'

export const packageIndexingSetting = 'package-indexing'

/**
 * A job for what the packages of this process have indexed in another way than those of the process before, once for all
 * processes that have the same ones. It begins when no process has others any more (`index-barrier.ts`).
 *
 * Answers whether there is anything new.
 */
export async function enqueuePackageChanges(
  {
    store,
    jobs,
    indexing,
  }: { readonly store: HubStore; readonly jobs: ReindexJobs; readonly indexing: PackageIndexing },
  caller: string,
): Promise<boolean> {
  return await store.db.transaction(async client => {
    const stored = await lockedSetting(client, store.tenant, packageIndexingSetting, '{}')
    const now = JSON.stringify(indexing)
    if (stored === now) return false
    // Written by this function.
    const before = JSON.parse(stored) as PackageIndexing
    const parameters = [...new Set([...Object.keys(before), ...Object.keys(indexing)])].filter(
      name => before[name] !== indexing[name],
    )
    await setSetting(client, store.tenant, packageIndexingSetting, now)
    if (await isUntouched(client, store)) return false
    const types = new Set(parameters.map(name => name.slice(0, name.indexOf('.'))))
    const seq = await definitionsSeq(client, store.tenant)
    await jobs.add(client, { reason: 'packages', caller, types, parameters, seq, indexVersion })
    return true
  })
}

/** A new server: nothing is stored, and nobody else is there who could write meanwhile. */
async function isUntouched(client: Queryable, { tenant, node }: HubStore): Promise<boolean> {
  const { rows } = await client.query(
    `(select 1 from hub.resource where tenant = $1 limit 1)
     union all
     (select 1 from hub.indexer i join pg_stat_activity a on a.pid = i.pid and a.backend_start = i.started
       where i.tenant = $1 and i.node <> $2 and i.packages <> (select md5(value) from hub.setting where tenant = $1 and name = $3))`,
    [tenant, node, packageIndexingSetting],
  )
  return rows.length === 0
}
