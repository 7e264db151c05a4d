import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { openDatabase } from '@samband/store'
import { messageText } from './messages.ts'
import { Sender } from './sender.ts'
import { startBenchDatabase } from './serve.ts'
import { Sink } from './sink.ts'

const keysPerConnection = 8
const drainLimitMs = 60_000

type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number }

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
}

/** Closed loop: generator and sink here, the engine and the database each in processes of their own. */
export async function benchMllp(options: {
  readonly connections: readonly number[]
  readonly seconds: number
  /** Not measured: the code is compiled and the connections are made. */
  readonly warmUpSeconds: number
  readonly json: boolean
}): Promise<void> {
  for (const connections of options.connections) {
    const row = await run(connections, options.seconds, options.warmUpSeconds)
    process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${describe(row)}\n`)
  }
}

async function run(connections: number, seconds: number, warmUpSeconds: number): Promise<MllpRow> {
  const database = await startBenchDatabase()
  const arrivals = new Map<string, number>()
  const sink = new Sink(({ controlId, at }) => arrivals.set(controlId, at))
  const sinkPort = await sink.listen()
  const port = await freePort()
  const engine = await startEngineProcess([database.url, String(port), String(sinkPort), String(connections)])
  const load = new Load(port, connections)
  await sleep(warmUpSeconds * 1000)
  const cpuBefore = await cpuMs(engine)
  const databaseCpuBefore = databaseCpuMs()
  const begun = load.mark()
  await sleep(seconds * 1000)
  const ended = load.mark()
  const deliveredAtEnd = [...arrivals.values()].filter(at => at >= begun.at && at < ended.at).length
  const cpuAfter = await cpuMs(engine)
  const databaseCpuAfter = databaseCpuMs()
  await load.stop()
  await until(() => arrivals.size >= load.acknowledged.size, drainLimitMs)
  const stored = await storedBytesPerMessage(database.url)
  engine.send({ kind: 'stop' })
  await new Promise(resolve => engine.once('exit', resolve))
  sink.close()
  await database.close()
  const measured = load.between(begun.at, ended.at)
  const elapsed = (ended.at - begun.at) / 1000
  const messages = ended.count - begun.count
  return {
    bench: 'mllp',
    connections,
    acksPerSecond: round(messages / elapsed),
    deliveredPerSecond: round(deliveredAtEnd / elapsed),
    ackMs: percentiles(measured.map(({ sent, acknowledged }) => acknowledged - sent)),
    endToEndMs: percentiles(
      measured.flatMap(({ controlId, sent }) => {
        const arrived = arrivals.get(controlId)
        return arrived === undefined ? [] : [arrived - sent]
      }),
    ),
    lost: [...load.acknowledged.keys()].filter(controlId => !arrivals.has(controlId)).length,
    duplicates: sink.duplicates,
    outOfOrder: sink.outOfOrder,
    storedBytesPerMessage: round(stored),
    cpuMsPerMessage: round((cpuAfter - cpuBefore) / messages, 3),
    databaseCpuMsPerMessage:
      databaseCpuBefore === undefined || databaseCpuAfter === undefined
        ? null
        : round((databaseCpuAfter - databaseCpuBefore) / messages, 3),
  }
}

class Load {
  readonly acknowledged = new Map<string, { sent: number; acknowledged: number }>()
  readonly #sent = new Map<string, number>()
  readonly #senders: Sender[]

  constructor(port: number, connections: number) {
    this.#senders = Array.from({ length: connections }, (_, connection) => {
      let index = 0
      return new Sender(port, {
        next: () => {
          index += 1
          const controlId = `B${connection}-${index}`
          // Each connection has patients of its own, so that the order per patient is defined.
          const key = `P${connection}-${index % keysPerConnection}`
          return { controlId, text: messageText(index, controlId, key, index) }
        },
        sent: controlId => this.#sent.set(controlId, performance.now()),
        acknowledged: controlId => {
          this.acknowledged.set(controlId, { sent: this.#sent.get(controlId) ?? 0, acknowledged: performance.now() })
        },
      })
    })
  }

  mark(): { readonly at: number; readonly count: number } {
    return { at: performance.now(), count: this.acknowledged.size }
  }

  between(from: number, to: number): { controlId: string; sent: number; acknowledged: number }[] {
    return [...this.acknowledged]
      .filter(([, { sent, acknowledged }]) => sent >= from && acknowledged < to)
      .map(([controlId, times]) => ({ controlId, ...times }))
  }

  async stop(): Promise<void> {
    for (const sender of this.#senders) sender.stop()
    await Promise.all(this.#senders.map(({ done }) => done))
  }
}

export async function startEngineProcess(args: readonly string[]): Promise<ChildProcess> {
  const child = fork(new URL('engine-process.ts', import.meta.url), [...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', code => reject(new Error(`the engine ended with ${code} before it was ready`)))
  })
  return child
}

function cpuMs(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('message', (message: { readonly ms: number }) => resolve(message.ms))
    child.send({ kind: 'cpu' })
  })
}

/** User and system time of every process named postgres, from Linux's /proc; the bench is alone with its database. */
function databaseCpuMs(): number | undefined {
  if (process.platform !== 'linux') return undefined
  let ticks = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      if (!stat.includes('(postgres)')) continue
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // The process ended while it was looked at.
    }
  }
  return ticks * 10
}

async function storedBytesPerMessage(url: string): Promise<number> {
  const db = await openDatabase({ url })
  const { rows } = await db.pool.query<{ bytes: number; messages: number }>(
    `select (select sum(pg_total_relation_size(i.inhrelid)) from pg_inherits i
              where i.inhparent in ('engine.message'::regclass, 'engine.event'::regclass))::float8 as bytes,
            (select count(*) from engine.message)::float8 as messages`,
  )
  await db.close()
  const row = rows[0]
  return row === undefined ? 0 : row.bytes / row.messages
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

export async function until(done: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  while (!done() && performance.now() < end) await sleep(20)
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0, 2)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits))
}

function describe(row: MllpRow): string {
  const times = ({ p50, p95, p99 }: Percentiles): string => `${p50}/${p95}/${p99} ms`
  return (
    `${String(row.connections).padStart(3)} connections: ${row.acksPerSecond} acks/s, ${row.deliveredPerSecond} delivered/s, ` +
    `ack ${times(row.ackMs)}, end to end ${times(row.endToEndMs)} (p50/p95/p99), lost ${row.lost}, duplicates ` +
    `${row.duplicates}, out of order ${row.outOfOrder}, ${row.storedBytesPerMessage} B stored, CPU ${row.cpuMsPerMessage} ms ` +
    `engine + ${row.databaseCpuMsPerMessage ?? '?'} ms database a message`
  )
}
