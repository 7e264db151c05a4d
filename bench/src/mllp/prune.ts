import { sleep } from '../load/waiting.ts'
import { describeVerdict } from './closed-loop.ts'
import { ask } from './engine-client.ts'
import { round } from './measure.ts'
import { preload } from './preload.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type PruneRow = {
  readonly bench: 'prune'
  readonly connections: number
  readonly messages: number
  readonly days: number
  /** Tables that were dropped. */
  readonly dropped: number
  /** Longest time that one day took. */
  readonly dayMsMax: number
  readonly before: Measured
  /** While the days were dropped, one after another, spread over the same time. */
  readonly during: Measured
  readonly ratio: number
} & Verdict

const dayMs = 86_400_000
/** The engine's default retention. */
const retentionDays = 90

/** The closed loop while old days are dropped one by one, beside the same without. */
export async function benchPrune(options: {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly days: number
  readonly messages: number
  readonly json: boolean
}): Promise<void> {
  const { connections, seconds, days } = options
  await using scene = await Scene.open({ connections })
  const [engine] = scene.engines
  if (engine === undefined) throw new Error('the scene is not complete')
  const filled = await preload({
    databaseUrl: scene.database.url,
    messages: options.messages,
    days,
    progress: text => process.stderr.write(`${text}\n`),
  })
  scene.startLoad()
  await sleep(options.warmUpSeconds * 1000)
  const before = await scene.measure(seconds)
  let dropped = 0
  let dayMsMax = 0
  const dropAll = async (): Promise<void> => {
    const begun = performance.now()
    for (const [number, start] of filled.dayStartsMs.entries()) {
      const from = performance.now()
      // The moment at which this day, and no later one, is older than the retention.
      const at = start + (retentionDays + 1) * dayMs + 1_000
      dropped += (await ask<{ readonly dropped: readonly string[] }>(engine, { kind: 'prune', at })).dropped.length
      dayMsMax = Math.max(dayMsMax, performance.now() - from)
      await sleep(begun + ((number + 1) / days) * seconds * 1000 - performance.now())
    }
  }
  const during = await scene.measure(dropAll)
  const verdict = await scene.finish()
  const row: PruneRow = {
    bench: 'prune',
    connections,
    messages: filled.messages,
    days,
    dropped,
    dayMsMax: round(dayMsMax),
    before,
    during,
    ratio: round(during.deliveredPerSecond / Math.max(1, before.deliveredPerSecond), 3),
    ...verdict,
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(row)}\n`
      : `${before.deliveredPerSecond} delivered/s, ${during.deliveredPerSecond} while ${dropped} tables of ${days} days were dropped ` +
          `(${Math.round(row.ratio * 100)} %; a day in at most ${row.dayMsMax} ms); ${describeVerdict(verdict)}\n`,
  )
}
