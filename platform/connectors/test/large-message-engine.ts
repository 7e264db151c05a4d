/**
 * An engine in a process of its own, to be measured: MLLP to MLLP, the route in a thread. Arguments: the database's URL,
 * the receiver's port, the engine's limits as JSON. Prints the port it listens on.
 */
import { fileURLToPath } from 'node:url'
import { type EngineLimits, type Log, routeFiles, startEngine } from '@samband/engine'
import { createMasterKey, openDatabase, openKeyRing } from '@samband/store'
import { connectors } from '../src/index.ts'

const [url = '', receiver = '', limits = '{}'] = process.argv.slice(2)
const log: Log = {
  info: () => {},
  warn: (...said) => console.error(...said),
  error: (...said) => console.error(...said),
}
const db = await openDatabase({ url })
const engine = await startEngine({
  db,
  keys: await openKeyRing({ db, masterKey: createMasterKey(Buffer.alloc(32, 7), 'the test'), tenant: 1 }),
  tenant: 1,
  routes: await routeFiles(fileURLToPath(new URL('routes', import.meta.url))),
  connectors,
  endpoints: {
    in: { connector: 'mllp', port: 0 },
    out: { connector: 'mllp', host: '127.0.0.1', port: Number(receiver) },
  },
  capabilities: {},
  // The test's own arguments.
  limits: JSON.parse(limits) as Partial<EngineLimits>,
  log,
})
const address = engine.routes()[0]?.source.address ?? ''
console.log(address.slice(address.lastIndexOf(':') + 1))
