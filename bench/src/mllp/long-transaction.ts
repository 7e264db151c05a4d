import { openDatabase } from '@samband/store'
import { sleep } from '../load/waiting.ts'
import { round } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type LongTransactionRow = {
  readonly bench: 'long-transaction'
  readonly connections: number
  readonly minutes: number
  /** Before the transaction was opened. */
  readonly before: Measured
  /** At its end, when it had been open for that long. */
  readonly during: Measured
  /** Deliveries a second at the end of it, as a share of those before. */
  readonly ratio: number
} & Verdict

/**
 * The closed loop beside a session that began a transaction, took a snapshot and went to lunch: what it can see must be
 * kept by every table, so a queue of updated rows would grow and slow down. Load runs all the time.
 */
export async function benchLongTransaction(options: {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly minutes: number
  readonly json: boolean
}): Promise<void> {
  const { connections, seconds, minutes } = options
  await using scene = await Scene.open({ connections })
  scene.startLoad()
  await sleep(options.warmUpSeconds * 1000)
  const before = await scene.measure(seconds)
  const db = await openDatabase({ url: scene.database.url, applicationName: 'samband-bench-lunch' })
  const during = await (async () => {
    try {
      const session = await db.dedicated('lunch')
      await session.query('begin isolation level repeatable read')
      await session.query('select count(*) from engine.message')
      await sleep(Math.max(0, minutes * 60_000 - seconds * 1000))
      const measured = await scene.measure(seconds)
      await session.query('rollback')
      return measured
    } finally {
      await db.close()
    }
  })()
  const verdict = await scene.finish()
  const ratio = round(during.deliveredPerSecond / Math.max(1, before.deliveredPerSecond), 3)
  const row: LongTransactionRow = { bench: 'long-transaction', connections, minutes, before, during, ratio, ...verdict }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(row)}\n`
      : `${row.before.deliveredPerSecond} delivered/s before, ${row.during.deliveredPerSecond} after ${minutes} minutes beside an ` +
          `open transaction (${Math.round(ratio * 100)} %), lost ${row.lost}\n`,
  )
}
