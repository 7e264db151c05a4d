import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@samband/store'

export type BenchDatabase = { readonly url: string; readonly close: () => Promise<void> }

/** A throw-away embedded server, fsync on; or the one that SAMBAND_BENCH_DATABASE_URL names. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const given = process.env['SAMBAND_BENCH_DATABASE_URL']
  if (given !== undefined) return { url: given, close: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'samband-bench-'))
  // The server's unprivileged user must be able to pass through it.
  await chmod(dataDir, 0o755)
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'pg'), port: 0, fallbackDir: dataDir })
  return {
    url: server.url,
    close: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
