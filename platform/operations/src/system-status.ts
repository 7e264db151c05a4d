import type { OperationsOptions } from './context.ts'
import type { SystemStatus } from './contract.ts'

/** The size of a database is asked of its file system: not more often than this. */
const databaseBytesForMs = 30_000

/** The status page's numbers. Calls at the same moment share one reading. */
export function statusReader(
  options: Pick<OperationsOptions, 'engine' | 'database' | 'version'>,
  startedAt: Date,
  now: () => number,
): () => Promise<SystemStatus> {
  const { engine, database, version } = options
  let bytes = 0
  let bytesAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<SystemStatus> | undefined
  const read = async (): Promise<SystemStatus> => {
    if (now() - bytesAt > databaseBytesForMs) {
      bytes = await database.bytes()
      bytesAt = now()
    }
    const { deadLetters, refusals } = await engine.counts()
    return {
      version,
      startedAt: startedAt.toISOString(),
      now: new Date(now()).toISOString(),
      database: { kind: database.kind, version: database.version, bytes },
      routes: engine.routes(),
      deadLetters,
      refusals,
      memoryBytes: process.memoryUsage.rss(),
    }
  }
  return () => {
    underWay ??= read().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}
