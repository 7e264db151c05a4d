/**
 * An engine in a process of its own, to be measured and killed: files from `in` to `out`, and what comes over HTTP to
 * `posted`. Arguments: the database's URL, the folder. Prints the HTTP address when it runs.
 */
import { join } from 'node:path'
import { type Log, startEngine } from '@samband/engine'
import { drop, route } from '@samband/route'
import { createMasterKey, openDatabase, openKeyRing } from '@samband/store'
import { connectors } from '../src/index.ts'
import { file } from '../src/file/descriptor.ts'
import { http } from '../src/http/descriptor.ts'

const [url = '', folder = ''] = process.argv.slice(2)
const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const routes = [
  route('files', facts)
    .from(file({ endpoint: 'in' }))
    .filter('wanted', raw => (raw.attributes['file.name'] === 'unwanted.bin' ? drop('not wanted') : true))
    .to('out', file({ endpoint: 'out' }))
    .to('web', http({ endpoint: 'web' }))
    .onError({ deadLetter: 'files' }),
  route('web', facts)
    .from(http({ endpoint: 'listen' }))
    .to('posted', file({ endpoint: 'posted', fileName: () => 'posted.bin' }))
    .onError({ deadLetter: 'web' }),
]
const log: Log = {
  info: () => {},
  warn: (...said) => console.error(...said),
  error: (...said) => console.error(...said),
}
const db = await openDatabase({ url })
const port = Number(process.env['PORT'] ?? 0)
await startEngine({
  db,
  keys: await openKeyRing({ db, masterKey: createMasterKey(Buffer.alloc(32, 7), 'the test'), tenant: 1 }),
  tenant: 1,
  routes: routes.map(definition => ({ definition, revision: '1.0.0+test' })),
  connectors,
  endpoints: {
    in: { connector: 'file', folder: join(folder, 'in'), pollInterval: '200ms', stableFor: '100ms' },
    out: { connector: 'file', folder: join(folder, 'out'), writers: 2 },
    listen: { connector: 'http', host: '127.0.0.1', port, path: '/in', auth: { kind: 'none' } },
    web: { connector: 'http', url: `http://127.0.0.1:${port}/in` },
    posted: { connector: 'file', folder: join(folder, 'posted') },
  },
  capabilities: {},
  log,
})
console.log('running')
