import { sleep, until } from '../load/waiting.ts'
import { describeVerdict } from './closed-loop.ts'
import { ask } from './engine-client.ts'
import { round } from './measure.ts'
import { type Measured, Scene, type Verdict } from './scene.ts'

export type BacklogRow = {
  readonly bench: 'backlog'
  readonly connections: number
  /** Queued for the dead receiver when it came back. */
  readonly queued: number
  /** Resident memory of the engine. */
  readonly engineMbBefore: number
  readonly engineMbQueued: number
  readonly engineMbDrained: number
  /** Both receivers up; deliveries of the one that stays up. */
  readonly before: Measured
  /** The other is dead, with nearly all of the backlog queued; deliveries of the one that stays up. */
  readonly during: Measured
  readonly duringRatio: number
  readonly drainSeconds: number
  readonly drainedPerSecond: number
} & Verdict

const fillProgressMs = 5_000
const drainLimitMs = 3_600_000
const drainPollMs = 100

/**
 * One source, two receivers. One dies, its queue grows to `messages` while the other goes on; then it comes back and its
 * queue is drained without other load.
 */
export async function benchBacklog(options: {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly messages: number
  readonly json: boolean
}): Promise<void> {
  const { connections, seconds, messages } = options
  await using scene = await Scene.open({ connections, receivers: 2 })
  const [alive, dying] = scene.receivers
  const [engine] = scene.engines
  if (alive === undefined || dying === undefined || engine === undefined) throw new Error('the scene is not complete')
  const memoryMb = async (): Promise<number> =>
    round((await ask<{ readonly rss: number }>(engine, { kind: 'memory' })).rss / 2 ** 20)
  const load = scene.startLoad()
  await sleep(options.warmUpSeconds * 1000)
  const before = await scene.measure(seconds, [alive])
  const engineMbBefore = await memoryMb()
  await dying.sink.vanish()
  const queued = (): number => scene.sent.acknowledged - dying.log.delivered
  const progress = setInterval(() => process.stderr.write(`${queued()} queued\n`), fillProgressMs)
  // The last stretch is measured: with the queue nearly as long as it will be.
  await until(() => queued() >= messages - before.acksPerSecond * seconds, Number.POSITIVE_INFINITY)
  const during = await scene.measure(seconds, [alive])
  await until(() => queued() >= messages, Number.POSITIVE_INFINITY)
  clearInterval(progress)
  await load.stop()
  const engineMbQueued = await memoryMb()
  const backlog = queued()
  await dying.sink.listen()
  const begun = performance.now()
  while (queued() > 0 && performance.now() - begun < drainLimitMs) await sleep(drainPollMs)
  const drainSeconds = (performance.now() - begun) / 1000
  const verdict = await scene.finish()
  const row: BacklogRow = {
    bench: 'backlog',
    connections,
    queued: backlog,
    engineMbBefore,
    engineMbQueued,
    engineMbDrained: await memoryMb(),
    before,
    during,
    duringRatio: round(during.deliveredPerSecond / Math.max(1, before.deliveredPerSecond), 3),
    drainSeconds: round(drainSeconds, 1),
    drainedPerSecond: round(backlog / drainSeconds),
    ...verdict,
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(row)}\n`
      : `${backlog} queued: engine ${row.engineMbBefore} -> ${row.engineMbQueued} -> ${row.engineMbDrained} MB; the other receiver ` +
          `${before.deliveredPerSecond}/s before, ${during.deliveredPerSecond}/s meanwhile; drained in ${row.drainSeconds} s, ` +
          `${row.drainedPerSecond}/s; ${describeVerdict(verdict)}\n`,
  )
}
