import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type EmbeddedPostgres, isAlive, startEmbeddedPostgres } from '@samband/store'

const goneWithinMs = 10_000

/** A throw-away PostgreSQL with fsync and checksums on that can be killed as a power cut does, and started again. */
export class CrashDatabase {
  readonly #folder: string
  #server: EmbeddedPostgres
  #exited: Promise<void>

  private constructor(folder: string, server: EmbeddedPostgres, exited: Promise<void>) {
    this.#folder = folder
    this.#server = server
    this.#exited = exited
  }

  /** `port`: one that is still free after a restart. */
  static async start(port: number): Promise<CrashDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'samband-crash-'))
    // The server's unprivileged user must be able to pass through it.
    await chmod(folder, 0o755)
    return new CrashDatabase(folder, ...(await launch(folder, port)))
  }

  get url(): string {
    return this.#server.url
  }

  get port(): number {
    return this.#server.port
  }

  /** SIGKILL to the postmaster and to every process that it made; resolves when all are gone. */
  async kill(): Promise<void> {
    const { pid } = this.#server
    const children = childrenOf(pid)
    for (const victim of [pid, ...children]) killNow(victim)
    await this.#exited
    const end = performance.now() + goneWithinMs
    while (children.some(isAlive)) {
      if (performance.now() > end)
        throw new Error(`processes of the killed database are still there after ${goneWithinMs} ms`)
      await delay(5)
    }
  }

  /** On the same data folder and port; PostgreSQL recovers from its log. */
  async startAgain(): Promise<void> {
    const { port } = this.#server
    await this.#server.stop()
    const [server, exited] = await launch(this.#folder, port)
    this.#server = server
    this.#exited = exited
  }

  async close(): Promise<void> {
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function launch(folder: string, port: number): Promise<[EmbeddedPostgres, Promise<void>]> {
  const { promise: exited, resolve } = Promise.withResolvers<void>()
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'pg'),
    port,
    fallbackDir: folder,
    onExit: () => resolve(),
  })
  return [server, exited]
}

/** From Linux's /proc; elsewhere the children notice by themselves that their postmaster is gone. */
function childrenOf(parent: number): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => parentOf(name) === parent)
    .map(Number)
}

/** The fourth field of proc_pid_stat(5); the second is the command in parentheses and may hold spaces. */
function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended while it was looked at.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
