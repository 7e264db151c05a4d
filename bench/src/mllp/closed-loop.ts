import { sleep } from '../load/waiting.ts'
import { journalSize, medianBy, type Percentiles, round } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type MllpRow = { readonly bench: 'mllp'; readonly connections: number } & Measured &
  Verdict & { readonly storedBytesPerMessage: number }

/** Closed loop: each connection sends the next message when the last one is acknowledged. */
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
  await using scene = await Scene.open({ connections })
  scene.startLoad()
  await sleep(warmUpSeconds * 1000)
  const measured = await scene.measure(seconds)
  const verdict = await scene.finish()
  const { bytes, messages } = await journalSize(scene.database.url)
  const storedBytesPerMessage = round(bytes / Math.max(1, messages))
  return { bench: 'mllp', connections, ...measured, ...verdict, storedBytesPerMessage }
}

function describe(row: MllpRow, rows: readonly MllpRow[]): string {
  const runs = rows.map(({ deliveredPerSecond }) => deliveredPerSecond).join(', ')
  const others = rows.length > 1 ? `; median of ${runs} delivered/s` : ''
  return `${String(row.connections).padStart(3)} connections: ${describeMeasured(row)}, ${describeVerdict(row)}, ${row.storedBytesPerMessage} B stored${others}`
}

export function describeMeasured(row: Measured): string {
  const times = ({ p50, p95, p99 }: Percentiles): string => `${p50}/${p95}/${p99} ms`
  return (
    `${row.acksPerSecond} acks/s, ${row.deliveredPerSecond} delivered/s, ack ${times(row.ackMs)}, end to end ` +
    `${times(row.endToEndMs)} (p50/p95/p99), CPU ${row.cpuMsPerMessage} ms engine + ${row.databaseCpuMsPerMessage ?? '?'} ms ` +
    `database + ${row.loadCpuMsPerMessage} ms load a message, ${Math.round(row.idle * 100)} % idle`
  )
}

export function describeVerdict({ lost, duplicates, outOfOrder }: Verdict): string {
  return `lost ${lost}, duplicates ${duplicates}, out of order ${outOfOrder}`
}
