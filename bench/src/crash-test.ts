import type { ChildProcess } from 'node:child_process'
import { parseArgs } from 'node:util'
import { freePort, sleep, startEngineProcess, until } from './mllp/bench.ts'
import { messageText } from './mllp/messages.ts'
import { Sender } from './mllp/sender.ts'
import { startBenchDatabase } from './mllp/serve.ts'
import { Sink } from './mllp/sink.ts'

/**
 * Kills the engine with SIGKILL at random moments under load and starts it again. Afterwards every acknowledged message
 * must have been delivered, in order per key; what was delivered more than once (the same MSH-10) is counted.
 *
 * Exit code 0 when nothing was lost or out of order, 1 otherwise.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    connections: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
})

const kills = Number(values.kills)
const connections = Number(values.connections)
const keysPerConnection = 4
const lifeMsMin = 300
const lifeMsMax = 1_500
const drainLimitMs = 120_000

const database = await startBenchDatabase()
const sink = new Sink(() => {})
const sinkPort = await sink.listen()
const port = await freePort()
const start = (): Promise<ChildProcess> =>
  startEngineProcess([database.url, String(port), String(sinkPort), String(connections)])

const acknowledged = new Set<string>()
let engine = await start()
const senders = Array.from({ length: connections }, (_, connection) => {
  let index = 0
  return new Sender(port, {
    next: () => {
      index += 1
      const controlId = `C${connection}-${index}`
      return { controlId, text: messageText(index, controlId, `P${connection}-${index % keysPerConnection}`, index) }
    },
    sent: () => {},
    acknowledged: (controlId, code) => {
      if (code === 'AA') acknowledged.add(controlId)
    },
  })
})

for (let kill = 1; kill <= kills; kill += 1) {
  await sleep(lifeMsMin + Math.random() * (lifeMsMax - lifeMsMin))
  const dead = new Promise(resolve => engine.once('exit', resolve))
  engine.kill('SIGKILL')
  await dead
  engine = await start()
  if (!values.json) {
    process.stdout.write(`kill ${kill}/${kills}: ${acknowledged.size} acknowledged, ${sink.delivered} delivered\n`)
  }
}
for (const sender of senders) sender.stop()
await Promise.all(senders.map(({ done }) => done))
await until(() => [...acknowledged].every(controlId => sink.has(controlId)), drainLimitMs)

const lost = [...acknowledged].filter(controlId => !sink.has(controlId)).length
const row = {
  test: 'crash',
  kills,
  acknowledged: acknowledged.size,
  delivered: sink.delivered,
  lost,
  duplicates: sink.duplicates,
  outOfOrder: sink.outOfOrder,
}
engine.send({ kind: 'stop' })
await new Promise(resolve => engine.once('exit', resolve))
sink.close()
await database.close()
process.stdout.write(
  values.json
    ? `${JSON.stringify(row)}\n`
    : `${kills} kills: ${row.acknowledged} acknowledged, ${row.delivered} delivered, ${lost} lost, ${row.duplicates} delivered more than once, ${row.outOfOrder} out of order\n`,
)
process.exitCode = lost > 0 || row.outOfOrder > 0 ? 1 : 0
