import { toSambandError } from '@samband/errors'
import type { Engine, Log } from '@samband/engine'
import type { RetentionConfig } from '../config/config-types.ts'

const dayMs = 86_400_000
const firstAfterMs = 60_000

/**
 * Drops whole days that are older than the retention, a minute after the start and then every so often. One run at a
 * time: the next is planned when the last has ended.
 */
export function startRetention(
  { days, everyMinutes }: RetentionConfig,
  engine: Pick<Engine, 'prune'>,
  log: Log,
  now: () => number = Date.now,
): { readonly stop: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const plan = (afterMs: number): void => {
    if (stopped) return
    timer = setTimeout(() => {
      running = run().finally(() => plan(everyMinutes * 60_000))
    }, afterMs)
    timer.unref()
  }
  const run = async (): Promise<void> => {
    try {
      const { dropped, kept } = await engine.prune(new Date(now() - days * dayMs))
      if (dropped.length > 0) log.info('days-dropped', { tables: dropped.join(' ') })
      for (const text of kept) log.warn('days-kept', { text })
    } catch (thrown) {
      const { code, message } = toSambandError(thrown)
      log.warn('pruning-failed', { code, text: message })
    }
  }
  plan(firstAfterMs)
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
