import { sleep } from '../load/waiting.ts'
import { describeMeasured, describeVerdict } from './closed-loop.ts'
import { medianBy } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type ProcessesRow = {
  readonly bench: 'processes'
  readonly processes: number
  readonly connections: number
} & Measured &
  Verdict

const processCounts = [1, 2] as const

/** The closed loop with one engine process and with two on one database, in turn, so that both see the same machine. */
export async function benchProcesses(options: {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly runs: number
  readonly json: boolean
}): Promise<void> {
  const rows: ProcessesRow[] = []
  for (let number = 1; number <= options.runs; number += 1) {
    for (const processes of processCounts) rows.push(await run(processes, options))
  }
  for (const processes of processCounts) {
    const same = rows.filter(row => row.processes === processes)
    const row = medianBy(same, ({ deliveredPerSecond }) => deliveredPerSecond)
    if (row === undefined) continue
    const all = options.runs > 1 ? { runs: same.map(({ deliveredPerSecond }) => deliveredPerSecond) } : {}
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ ...row, ...all })}\n`
        : `${processes} engine process(es): ${describeMeasured(row)}, ${describeVerdict(row)}\n`,
    )
  }
}

async function run(processes: number, options: Parameters<typeof benchProcesses>[0]): Promise<ProcessesRow> {
  const { connections } = options
  await using scene = await Scene.open({ connections, processes })
  scene.startLoad()
  await sleep(options.warmUpSeconds * 1000)
  const measured = await scene.measure(options.seconds)
  return { bench: 'processes', processes, connections, ...measured, ...(await scene.finish()) }
}
