import { sleep } from '../load/waiting.ts'
import { describeMeasured, describeVerdict } from './closed-loop.ts'
import { medianBy } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type FanOutRow = {
  readonly bench: 'fan-out'
  readonly receivers: number
  readonly connections: number
} & Measured &
  Verdict

/** Closed loop with one source and several receivers: `deliveredPerSecond` counts the deliveries to all of them. */
export async function benchFanOut(options: {
  readonly receivers: number
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly runs: number
  readonly json: boolean
}): Promise<void> {
  const rows: FanOutRow[] = []
  for (let number = 1; number <= options.runs; number += 1) {
    const { receivers, connections } = options
    await using scene = await Scene.open({ connections, receivers })
    scene.startLoad()
    await sleep(options.warmUpSeconds * 1000)
    const measured = await scene.measure(options.seconds)
    rows.push({ bench: 'fan-out', receivers, connections, ...measured, ...(await scene.finish()) })
  }
  const row = medianBy(rows, ({ deliveredPerSecond }) => deliveredPerSecond)
  if (row === undefined) return
  const all = options.runs > 1 ? { runs: rows.map(({ deliveredPerSecond }) => deliveredPerSecond) } : {}
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...row, ...all })}\n`
      : `${row.receivers} receivers: ${describeMeasured(row)}, ${describeVerdict(row)}\n`,
  )
}
