/** A process that works on jobs until it is killed: `node reindexing-process.ts [database url] [batch]`. */
import { openDatabase } from '@samband/store'
import { openQuickHub } from './reindex-hub.ts'

const [url = '', batch = '5'] = process.argv.slice(2)
const db = await openDatabase({ url })
await openQuickHub(db, 9, {
  limits: { reindexBatch: Number(batch), reindexPauseRatio: 1, reindexLeaseMs: 700 },
})
process.stdout.write('ready\n')
// Its connections keep it alive.
