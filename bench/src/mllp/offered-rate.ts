import { Pacer } from '../load/pacer.ts'
import { sleep } from '../load/waiting.ts'
import { describeMeasured, describeVerdict } from './closed-loop.ts'
import { medianBy, type Percentiles, percentiles } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type RateRow = {
  readonly bench: 'mllp-rate'
  readonly connections: number
  readonly offeredPerSecond: number
  /** How long after it was due a message was written; the times below include it. */
  readonly sendLagMs: Percentiles
} & Measured &
  Verdict

/** Open loop: the messages come when they come, and times count from when each was due. */
export async function benchRate(options: {
  readonly rate: number
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly runs: number
  readonly json: boolean
}): Promise<void> {
  const rows: RateRow[] = []
  for (let number = 1; number <= options.runs; number += 1) rows.push(await run(options))
  const row = medianBy(rows, ({ endToEndMs }) => endToEndMs.p99)
  if (row === undefined) return
  const all = options.runs > 1 ? { runs: rows.map(({ endToEndMs }) => endToEndMs.p99) } : {}
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...row, ...all })}\n`
      : `${row.offeredPerSecond} a second offered on ${row.connections} connections: ${describeMeasured(row)}, ` +
          `written ${row.sendLagMs.p50}/${row.sendLagMs.p95}/${row.sendLagMs.p99} ms after it was due, ${describeVerdict(row)}\n`,
  )
}

async function run(options: Parameters<typeof benchRate>[0]): Promise<RateRow> {
  const { rate, connections } = options
  await using scene = await Scene.open({ connections })
  const pacer = new Pacer(rate, connections)
  const load = scene.startLoad(pacer)
  pacer.start(load)
  await sleep(options.warmUpSeconds * 1000)
  const from = pacer.count
  const measured = await scene.measure(options.seconds)
  const sendLagMs = percentiles(pacer.lagBetween(from, pacer.count))
  const verdict = await scene.finish()
  await pacer.stop()
  return { bench: 'mllp-rate', connections, offeredPerSecond: rate, ...measured, sendLagMs, ...verdict }
}
