import { Load, markOf, Receiver } from '../load/load.ts'
import { freePort } from '../load/ports.ts'
import { SentLog } from '../load/sent-log.ts'
import { sleep, until } from '../load/waiting.ts'
import { engineCpuMs, startEngineProcess, stopEngineProcess } from './engine-client.ts'
import { idleShare, journalSize, medianBy, type Percentiles, percentiles, round, usageNow } from './measure.ts'
import { startBenchDatabase } from './serve.ts'

const drainLimitMs = 60_000

export type MllpRow = {
  readonly bench: 'mllp'
  readonly connections: number
  readonly acksPerSecond: number
  readonly deliveredPerSecond: number
  readonly ackMs: Percentiles
  readonly endToEndMs: Percentiles
  readonly lost: number
  readonly duplicates: number
  readonly outOfOrder: number
  readonly storedBytesPerMessage: number
  /** CPU of the engine's process. */
  readonly cpuMsPerMessage: number
  /** CPU of the database's processes; null where the system does not tell. */
  readonly databaseCpuMsPerMessage: number | null
  /** CPU of generator and sink, which share the machine. */
  readonly loadCpuMsPerMessage: number
  /** Of the whole machine while measured, 0 to 1. */
  readonly idle: number
}

/** Closed loop: generator and sink here, the engine and the database each in processes of their own. */
export async function benchMllp(options: {
  readonly connections: readonly number[]
  readonly seconds: number
  /** Not measured: the code is compiled and the connections are made. */
  readonly warmUpSeconds: number
  /** With more than one the row is the one with the median of `deliveredPerSecond`, and says what the others had. */
  readonly runs: number
  readonly json: boolean
}): Promise<void> {
  for (const connections of options.connections) {
    const rows: MllpRow[] = []
    for (let number = 1; number <= options.runs; number += 1) {
      rows.push(await run(connections, options.seconds, options.warmUpSeconds))
    }
    const row = medianBy(rows, ({ deliveredPerSecond }) => deliveredPerSecond)
    if (row === undefined) continue
    const all = options.runs > 1 ? { runs: rows.map(({ deliveredPerSecond }) => deliveredPerSecond) } : {}
    process.stdout.write(options.json ? `${JSON.stringify({ ...row, ...all })}\n` : `${describe(row, rows)}\n`)
  }
}

async function run(connections: number, seconds: number, warmUpSeconds: number): Promise<MllpRow> {
  const database = await startBenchDatabase()
  const sent = new SentLog(connections)
  const receiver = new Receiver(sent, connections)
  const sinkPort = await receiver.sink.listen()
  const port = await freePort()
  const engine = await startEngineProcess({ databaseUrl: database.url, port, sinkPort, connections, node: 0 })
  const load = new Load({ ports: [port], connections, sent })
  await sleep(warmUpSeconds * 1000)
  const engineBefore = await engineCpuMs(engine)
  const before = usageNow()
  const begun = markOf(load, receiver)
  await sleep(seconds * 1000)
  const ended = markOf(load, receiver)
  const after = usageNow()
  const engineAfter = await engineCpuMs(engine)
  await load.stop()
  await until(() => receiver.log.delivered >= sent.acknowledged, drainLimitMs)
  const stored = await journalSize(database.url)
  await stopEngineProcess(engine)
  await receiver.sink.vanish()
  await database.close()
  const elapsed = (ended.at - begun.at) / 1000
  const messages = ended.acknowledged - begun.acknowledged
  return {
    bench: 'mllp',
    connections,
    acksPerSecond: round(messages / elapsed),
    deliveredPerSecond: round((ended.arrivals - begun.arrivals) / elapsed),
    ackMs: percentiles(load.ackMs.between(begun.acknowledged, ended.acknowledged)),
    endToEndMs: percentiles(receiver.endToEnd.between(begun.arrivals, ended.arrivals)),
    lost: receiver.log.missing(sent.acknowledgedPerConnection()),
    duplicates: receiver.log.duplicates,
    outOfOrder: receiver.log.outOfOrder,
    storedBytesPerMessage: round(stored.bytes / Math.max(1, stored.messages)),
    cpuMsPerMessage: round((engineAfter - engineBefore) / messages, 3),
    databaseCpuMsPerMessage:
      before.databaseCpuMs === undefined || after.databaseCpuMs === undefined
        ? null
        : round((after.databaseCpuMs - before.databaseCpuMs) / messages, 3),
    loadCpuMsPerMessage: round((after.ownCpuMs - before.ownCpuMs) / messages, 3),
    idle: idleShare(before.machine, after.machine),
  }
}

function describe(row: MllpRow, rows: readonly MllpRow[]): string {
  const times = ({ p50, p95, p99 }: Percentiles): string => `${p50}/${p95}/${p99} ms`
  const others =
    rows.length > 1
      ? `; median of ${rows.map(({ deliveredPerSecond }) => deliveredPerSecond).join(', ')} delivered/s`
      : ''
  return (
    `${String(row.connections).padStart(3)} connections: ${row.acksPerSecond} acks/s, ${row.deliveredPerSecond} delivered/s, ` +
    `ack ${times(row.ackMs)}, end to end ${times(row.endToEndMs)} (p50/p95/p99), lost ${row.lost}, duplicates ` +
    `${row.duplicates}, out of order ${row.outOfOrder}, ${row.storedBytesPerMessage} B stored, CPU ${row.cpuMsPerMessage} ms ` +
    `engine + ${row.databaseCpuMsPerMessage ?? '?'} ms database + ${row.loadCpuMsPerMessage} ms load a message, ` +
    `${Math.round(row.idle * 100)} % idle${others}`
  )
}
