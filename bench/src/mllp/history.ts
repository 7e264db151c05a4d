import type { MessageSearch } from '@samband/engine'
import { sleep } from '../load/waiting.ts'
import { describeVerdict } from './closed-loop.ts'
import { ask } from './engine-client.ts'
import { type Percentiles, percentiles, round } from './measure.ts'
import { preload } from './preload.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type HistoryRow = {
  readonly bench: 'history'
  readonly connections: number
  /** Messages in the journal in the second half of the run. */
  readonly messages: number
  readonly preloadSeconds: number
  readonly empty: Measured
  readonly full: Measured
  /** Deliveries a second with a full journal, as a share of those with an empty one. */
  readonly ratio: number
  /** First page of a search, in the engine, without other load. */
  readonly searchByPatientMs: Percentiles
  readonly searchByControlIdMs: Percentiles
  /** Searches that did not find what is there. */
  readonly notFound: number
} & Verdict

const searches = 200

/** The closed loop on an empty journal, then on the same with millions of messages of the past month; then searches. */
export async function benchHistory(options: {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly messages: number
  /** The history is spread over so many. */
  readonly days: number
  readonly json: boolean
}): Promise<void> {
  const { connections, seconds } = options
  await using scene = await Scene.open({ connections })
  const [engine] = scene.engines
  if (engine === undefined) throw new Error('the scene is not complete')
  const load = scene.startLoad()
  await sleep(options.warmUpSeconds * 1000)
  const empty = await scene.measure(seconds)
  load.pause()
  const filled = await preload({
    databaseUrl: scene.database.url,
    messages: options.messages,
    days: options.days,
    progress: text => process.stderr.write(`${text}\n`),
  })
  load.resume()
  await sleep(options.warmUpSeconds * 1000)
  const full = await scene.measure(seconds)
  const verdict = await scene.finish()
  let notFound = 0
  const timed = async (search: MessageSearch): Promise<number> => {
    const { ms, found } = await ask<{ readonly ms: number; readonly found: number }>(engine, { kind: 'search', search })
    if (found === 0) notFound += 1
    return ms
  }
  const all = async (values: readonly string[], searchFor: (value: string) => MessageSearch): Promise<Percentiles> => {
    const times = new Float64Array(searches)
    for (let number = 0; number < searches; number += 1) {
      const value = values[Math.floor((number / searches) * values.length)] ?? ''
      times[number] = await timed(searchFor(value))
    }
    return percentiles(times)
  }
  const row: HistoryRow = {
    bench: 'history',
    connections,
    messages: filled.messages,
    preloadSeconds: round(filled.seconds),
    empty,
    full,
    ratio: round(full.deliveredPerSecond / Math.max(1, empty.deliveredPerSecond), 3),
    searchByPatientMs: await all(filled.patientIds, patientId => ({ patientId })),
    searchByControlIdMs: await all(filled.controlIds, controlId => ({ controlId })),
    notFound,
    ...verdict,
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(row)}\n`
      : `${row.messages} messages: ${full.deliveredPerSecond} delivered/s, ${empty.deliveredPerSecond} on an empty database; search by ` +
          `patient ${row.searchByPatientMs.p50}/${row.searchByPatientMs.p99} ms, by control id ${row.searchByControlIdMs.p50}/` +
          `${row.searchByControlIdMs.p99} ms (p50/p99), ${notFound} not found; ${describeVerdict(verdict)}\n`,
  )
}
