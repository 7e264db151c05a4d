import type { ChildProcess } from 'node:child_process'
import { Load, Receiver, type Schedule } from '../load/load.ts'
import { freePort } from '../load/ports.ts'
import { SentLog } from '../load/sent-log.ts'
import { sleep, until } from '../load/waiting.ts'
import { type BenchDatabase, startBenchDatabase } from './bench-database.ts'
import { engineCpuMs, startEngineProcess, stopEngineProcess } from './engine-client.ts'
import { makeEngineFolder } from './engine-folder.ts'
import { idleShare, machineTimes, ownCpuMs, type Percentiles, percentiles, postgresCpuMs, round } from './measure.ts'

const drainLimitMs = 60_000

export type SceneOptions = {
  readonly connections: number
  /** Default 1. */
  readonly receivers?: number
  /** Engine processes on the one database. Default 1. */
  readonly processes?: number
  /** Default: one of its own. */
  readonly database?: BenchDatabase
}

/** What one stretch of time showed. */
export type Measured = {
  readonly acksPerSecond: number
  /** First arrivals. */
  readonly deliveredPerSecond: number
  readonly ackMs: Percentiles
  readonly endToEndMs: Percentiles
  /** CPU of the engine's processes. */
  readonly cpuMsPerMessage: number
  /** CPU of the database's processes; null where the system does not tell. */
  readonly databaseCpuMsPerMessage: number | null
  /** CPU of generator and sink, which share the machine. */
  readonly loadCpuMsPerMessage: number
  /** Of the whole machine, 0 to 1: near 0 with others at work on it means a noisy figure. */
  readonly idle: number
}

/** What must be 0. */
export type Verdict = { readonly lost: number; readonly duplicates: number; readonly outOfOrder: number }

/** A database, engines in processes of their own, and in this process the senders and the receivers. */
export class Scene implements AsyncDisposable {
  readonly options: SceneOptions
  readonly database: BenchDatabase
  readonly sent: SentLog
  readonly receivers: readonly Receiver[]
  readonly engines: readonly ChildProcess[]
  readonly #ports: readonly number[]
  readonly #cleanUp: AsyncDisposableStack
  #load: Load | undefined

  private constructor(
    parts: Pick<Scene, 'options' | 'database' | 'sent' | 'receivers' | 'engines'>,
    ports: readonly number[],
    cleanUp: AsyncDisposableStack,
  ) {
    this.options = parts.options
    this.database = parts.database
    this.sent = parts.sent
    this.receivers = parts.receivers
    this.engines = parts.engines
    this.#ports = ports
    this.#cleanUp = cleanUp
  }

  static async open(options: SceneOptions): Promise<Scene> {
    await using cleanUp = new AsyncDisposableStack()
    const { connections } = options
    const database = options.database ?? (await startBenchDatabase())
    if (options.database === undefined) cleanUp.defer(() => database.close())
    const sent = new SentLog(connections)
    const receivers = Array.from({ length: options.receivers ?? 1 }, () => new Receiver(sent, connections))
    const sinkPorts: number[] = []
    for (const { sink } of receivers) {
      sinkPorts.push(await sink.listen())
      cleanUp.defer(() => sink.vanish())
    }
    const engines: ChildProcess[] = []
    const ports: number[] = []
    const processes = options.processes ?? 1
    const folder = await makeEngineFolder({ receivers: receivers.length, processes })
    cleanUp.defer(() => folder.close())
    const { routeFile } = folder
    for (let node = 0; node < processes; node += 1) {
      const port = await freePort()
      const own = { databaseUrl: database.url, port, sinkPorts, connections, node, routeFile, ...folder.peerOf(node) }
      const engine = await startEngineProcess(own)
      cleanUp.defer(() => stopEngineProcess(engine))
      engines.push(engine)
      ports.push(port)
    }
    return new Scene({ options, database, sent, receivers, engines }, ports, cleanUp.move())
  }

  /** Starts the senders. */
  startLoad(schedule?: Schedule): Load {
    const { connections } = this.options
    this.#load = new Load({
      ports: this.#ports,
      connections,
      sent: this.sent,
      ...(schedule === undefined ? {} : { schedule }),
    })
    return this.#load
  }

  /** What happens in so many seconds, or while `during` runs, at all receivers or at some. */
  async measure(
    during: number | (() => Promise<void>),
    receivers: readonly Receiver[] = this.receivers,
  ): Promise<Measured> {
    const before = await this.#mark(receivers)
    await (typeof during === 'number' ? sleep(during * 1000) : during())
    const after = await this.#mark(receivers)
    const seconds = (after.at - before.at) / 1000
    const acknowledged = after.acknowledged - before.acknowledged
    const perMessage = (ms: number): number => round(ms / Math.max(1, acknowledged), 3)
    const arrived = receivers.map(({ endToEnd }, number) =>
      endToEnd.between(before.arrivals[number] ?? 0, after.arrivals[number] ?? 0),
    )
    const deliveries = arrived.reduce((sum, { length }) => sum + length, 0)
    return {
      acksPerSecond: round(acknowledged / seconds),
      deliveredPerSecond: round(deliveries / seconds),
      ackMs: percentiles(this.#load?.ackMs.between(before.acknowledged, after.acknowledged) ?? new Float64Array()),
      endToEndMs: percentiles(joined(arrived, deliveries)),
      cpuMsPerMessage: perMessage(after.engineCpu - before.engineCpu),
      databaseCpuMsPerMessage:
        before.databaseCpu === undefined || after.databaseCpu === undefined
          ? null
          : perMessage(after.databaseCpu - before.databaseCpu),
      loadCpuMsPerMessage: perMessage(after.ownCpu - before.ownCpu),
      idle: idleShare(before.machine, after.machine),
    }
  }

  async #mark(receivers: readonly Receiver[]): Promise<{
    at: number
    acknowledged: number
    arrivals: readonly number[]
    engineCpu: number
    databaseCpu: number | undefined
    ownCpu: number
    machine: ReturnType<typeof machineTimes>
  }> {
    const cpu = await Promise.all(this.engines.map(engineCpuMs))
    return {
      engineCpu: cpu.reduce((sum, ms) => sum + ms, 0),
      databaseCpu: postgresCpuMs(),
      ownCpu: ownCpuMs(),
      machine: machineTimes(),
      at: performance.now(),
      acknowledged: this.#load?.ackMs.length ?? 0,
      arrivals: receivers.map(({ endToEnd }) => endToEnd.length),
    }
  }

  /** Stops the senders, waits for what is still under way, and looks at every message. */
  async finish(limitMs: number = drainLimitMs): Promise<Verdict> {
    await this.#load?.stop()
    await until(() => this.receivers.every(({ log }) => log.delivered >= this.sent.acknowledged), limitMs)
    const expected = this.sent.acknowledgedPerConnection()
    const verdict = { lost: 0, duplicates: 0, outOfOrder: 0 }
    for (const { log } of this.receivers) {
      verdict.lost += log.missing(expected)
      verdict.duplicates += log.duplicates
      verdict.outOfOrder += log.outOfOrder
    }
    return verdict
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load?.abort()
    await this.#cleanUp.disposeAsync()
  }
}

function joined(parts: readonly Float64Array[], length: number): Float64Array {
  const all = new Float64Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
