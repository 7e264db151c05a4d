import { readdirSync } from 'node:fs'
import { type Database, openDatabase } from '@samband/store'
import { Pacer } from '../load/pacer.ts'
import { sleep } from '../load/waiting.ts'
import { ask } from '../mllp/engine-client.ts'
import { round } from '../mllp/measure.ts'
import { Scene } from '../mllp/scene.ts'
import { leastSquaresSlope } from './slope.ts'

export type SoakOptions = {
  readonly minutes: number
  readonly rate: number
  readonly connections: number
  readonly sampleSeconds: number
  /** Caches fill and code is compiled in the first minutes: no slope counts them. */
  readonly leaveOutMinutes: number
  readonly progress: (text: string) => void
}

/** Of the engine's process, but for the last. */
export type Sample = {
  readonly rssMb: number
  readonly heapMb: number
  /** Buffers outside of the heap. */
  readonly externalMb: number
  /** -1 where the system does not tell. */
  readonly fileHandles: number
  readonly databaseMb: number
}

export type SoakRow = {
  readonly test: 'soak'
  readonly minutes: number
  readonly offeredPerSecond: number
  readonly acksPerSecond: number
  readonly acknowledged: number
  readonly delivered: number
  readonly lost: number
  readonly duplicates: number
  readonly outOfOrder: number
  readonly samples: number
  readonly first: Sample
  readonly last: Sample
  readonly perHour: Sample
  /** False: the run was too short for slopes to mean anything. */
  readonly judged: boolean
}

/** What may grow by how much an hour. The collector's saw teeth alone give some MB in half an hour. */
export const growthPerHourMax = { rssMb: 60, heapMb: 40, externalMb: 20, fileHandles: 4 } as const

/** Samples that a verdict needs, after those that are left out. */
const samplesMin = 60
const progressEvery = 12

export function failuresOf(row: SoakRow): string[] {
  const wrong: string[] = []
  if (row.lost > 0) wrong.push(`${row.lost} acknowledged messages lost`)
  if (row.outOfOrder > 0) wrong.push(`${row.outOfOrder} out of order`)
  if (row.duplicates > 0) wrong.push(`${row.duplicates} duplicates`)
  if (!row.judged) return wrong
  for (const name of ['rssMb', 'heapMb', 'externalMb', 'fileHandles'] as const) {
    const limit = growthPerHourMax[name]
    if (row.perHour[name] > limit) wrong.push(`${name} grew by ${row.perHour[name]} an hour, more than ${limit}`)
  }
  return wrong
}

export async function soakRun(options: SoakOptions): Promise<SoakRow> {
  const { connections, rate, minutes } = options
  await using scene = await Scene.open({ connections })
  const db = await openDatabase({ url: scene.database.url, applicationName: 'samband-soak', poolMax: 1 })
  await using _closing = { [Symbol.asyncDispose]: () => db.close() }
  const pacer = new Pacer(rate, connections)
  pacer.start(scene.startLoad(pacer))
  const begun = performance.now()
  const samples: { readonly hours: number; readonly sample: Sample }[] = []
  for (let number = 1; performance.now() - begun < minutes * 60_000; number += 1) {
    await sleep(Math.max(0, begun + number * options.sampleSeconds * 1000 - performance.now()))
    const sample = await takeSample(scene, db)
    samples.push({ hours: (performance.now() - begun) / 3_600_000, sample })
    if (number % progressEvery === 0)
      options.progress(`${Math.round((performance.now() - begun) / 60_000)} min: ${JSON.stringify(sample)}`)
  }
  const seconds = (performance.now() - begun) / 1000
  const { acknowledged } = scene.sent
  const verdict = await scene.finish()
  await pacer.stop()
  const counted = samples.filter(({ hours }) => hours >= options.leaveOutMinutes / 60)
  const [first, last] = [counted[0]?.sample, counted.at(-1)?.sample]
  if (first === undefined || last === undefined) throw new Error('no sample was taken: --minutes is too short')
  return {
    test: 'soak',
    minutes: round(seconds / 60, 1),
    offeredPerSecond: rate,
    acksPerSecond: round(acknowledged / seconds),
    acknowledged: scene.sent.acknowledged,
    delivered: scene.receivers[0]?.log.delivered ?? 0,
    ...verdict,
    samples: counted.length,
    first,
    last,
    perHour: slopes(counted),
    judged: counted.length >= samplesMin,
  }
}

async function takeSample(scene: Scene, db: Database): Promise<Sample> {
  const [engine] = scene.engines
  if (engine?.pid === undefined) throw new Error('the engine is not running')
  const memory = await ask<NodeJS.MemoryUsage>(engine, { kind: 'memory' })
  const { rows } = await db.pool.query<{ mb: number }>(
    'select pg_database_size(current_database())::float8 / 1048576 as mb',
  )
  const mb = (bytes: number): number => round(bytes / 2 ** 20, 1)
  return {
    rssMb: mb(memory.rss),
    heapMb: mb(memory.heapUsed),
    externalMb: mb(memory.external),
    fileHandles: fileHandles(engine.pid),
    databaseMb: round(rows[0]?.mb ?? 0, 1),
  }
}

/** From Linux's /proc: sockets, files and pipes. */
function fileHandles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : -1
}

function slopes(samples: readonly { readonly hours: number; readonly sample: Sample }[]): Sample {
  const slope = (name: keyof Sample): number =>
    round(leastSquaresSlope(samples.map(({ hours, sample }) => ({ x: hours, y: sample[name] }))), 1)
  return {
    rssMb: slope('rssMb'),
    heapMb: slope('heapMb'),
    externalMb: slope('externalMb'),
    fileHandles: slope('fileHandles'),
    databaseMb: slope('databaseMb'),
  }
}
