import type { Database } from '@samband/store'
import { openDatabase, startEmbeddedPostgres } from '@samband/store'
import type { Deployment } from '../config/load-config.ts'
import type { DataFolder } from './data-folder.ts'

export type RunningDatabase = {
  readonly db: Database
  /** For other processes of this server; holds the password. */
  readonly url: string
  readonly kind: 'embedded' | 'external'
  /** '18.4' */
  readonly version: string
  readonly stop: () => Promise<void>
}

export type DatabaseStart = {
  readonly folder: DataFolder
  readonly config: Deployment
  /** The embedded server ended by itself, which nothing survives: why. */
  readonly onExit: (why: string) => void
  readonly say: (text: string) => void
}

/** One's own PostgreSQL where the configuration names it, else the embedded one. One-line errors come from the store. */
export async function startDatabase({ folder, config, onExit, say }: DatabaseStart): Promise<RunningDatabase> {
  const { url, connectionsMax, port, settings } = config.database
  if (url !== undefined) return await openOwnDatabase(url, connectionsMax)
  const embedded = await startEmbeddedPostgres({ dataDir: folder.postgres, port, settings, onExit, log: say })
  try {
    const db = await openDatabase({ url: embedded.url, poolMax: connectionsMax })
    const stop = async (): Promise<void> => {
      await db.close()
      await embedded.stop()
    }
    return { db, url: embedded.url, kind: 'embedded', version: embedded.version, stop }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/** One's own PostgreSQL. */
export async function openOwnDatabase(url: string, connectionsMax: number): Promise<RunningDatabase> {
  const db = await openDatabase({ url, poolMax: connectionsMax })
  return { db, url, kind: 'external', version: versionText(db.serverVersion), stop: () => db.close() }
}

/** 150004 is 15.4. */
function versionText(serverVersion: number): string {
  return `${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000}`
}

/** Small questions of the status page. */
export function databaseFacts(database: RunningDatabase): {
  readonly kind: 'embedded' | 'external'
  readonly version: string
  readonly bytes: () => Promise<number>
  readonly ping: () => Promise<void>
} {
  const { db, kind, version } = database
  return {
    kind,
    version,
    bytes: async () => {
      const { rows } = await db.pool.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes')
      return rows[0]?.bytes ?? 0
    },
    ping: async () => {
      await db.pool.query('select 1')
    },
  }
}
