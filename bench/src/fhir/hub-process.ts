/** The hub in a process of its own, as in production: started by the bench. */
import { letHeapGrow } from '@samband/engine'
import { type HubServerOptions, startHubServer } from './hub-server.ts'

letHeapGrow()
// Written by `startHubProcess`.
const options = JSON.parse(process.argv[2] ?? '') as HubServerOptions
const server = await startHubServer(options)
process.send?.({ url: server.url })
process.on('message', (question: 'cpu' | 'stop') => {
  if (question === 'stop') void server.close().then(() => process.exit(0))
  else {
    const { user, system } = process.cpuUsage()
    process.send?.({ ms: (user + system) / 1000, audited: server.audited(), rss: process.memoryUsage.rss() })
  }
})
// Whoever started it is gone: nobody would stop it.
process.on('disconnect', () => process.exit(0))
