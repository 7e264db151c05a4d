import { toSambandError } from '@samband/errors'
import type { Engine, Log, Retention } from '@samband/engine'
import type { KeyRing } from '@samband/store'
import type { RetentionConfig, RetentionDays } from '../config/config-types.ts'

const dayMs = 86_400_000
const firstAfterMs = 60_000

export type RetentionParts = {
  readonly engine: Pick<Engine, 'prune'>
  readonly pruneAudit: (before: Date) => Promise<number>
  readonly keys: Pick<KeyRing, 'refresh'>
  readonly log: Log
  /** Whether this process is the one that prunes, of those that share the tenant. Default: it is. */
  readonly leads?: () => Promise<boolean>
  readonly now?: () => number
  /** Until the first run. */
  readonly firstAfterMs?: number
}

/** The deployment's days as the engine keeps them, by retention class. */
export function retentionOf({ days, bodyDays, classes }: RetentionConfig): Readonly<Record<string, Retention>> {
  const entry = (own: RetentionDays): Retention => ({
    metadataDays: own.days,
    bodyDays: Math.min(own.bodyDays ?? own.days, own.days),
  })
  return {
    ...Object.fromEntries(Object.entries(classes).map(([name, own]) => [name, entry(own)])),
    default: entry({ days, bodyDays }),
  }
}

/**
 * What has to go: whole days of messages and lines of the audit log that are older than the retention, and keys that
 * another process erased. A minute after the start and then every so often. One run at a time: the next is planned when
 * the last has ended.
 */
export function startRetention(
  config: RetentionConfig,
  { engine, pruneAudit, keys, log, leads = alone, now = Date.now, firstAfterMs: first = firstAfterMs }: RetentionParts,
): { readonly stop: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const plan = (afterMs: number): void => {
    if (stopped) return
    timer = setTimeout(() => {
      running = run().finally(() => plan(config.everyMinutes * 60_000))
    }, afterMs)
    timer.unref()
  }
  const run = async (): Promise<void> => {
    await attempt('keys', () => keys.refresh())
    let leading = false
    await attempt('leader', async () => {
      leading = await leads()
    })
    if (!leading) return
    await attempt('messages', async () => {
      const { dropped, kept } = await engine.prune(new Date(now()))
      if (dropped.length > 0) log.info('days-dropped', { tables: dropped.join(' ') })
      for (const text of kept) log.warn('days-kept', { text })
    })
    await attempt('audit', async () => {
      const lines = await pruneAudit(new Date(now() - config.auditDays * dayMs))
      if (lines > 0) log.info('audit-pruned', { lines })
    })
  }
  const attempt = async (part: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (thrown) {
      const { code, message } = toSambandError(thrown)
      log.warn('retention-failed', { part, code, text: message })
    }
  }
  plan(first)
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

async function alone(): Promise<boolean> {
  return true
}
