import type { SeenFile } from './look.ts'
import { type FileIdentity, isSameFile } from './take-file.ts'

/** ready: take it; hold: wait, and keep the order by taking nothing after it; pass: it grows for ever, go on without it. */
export type Readiness = 'ready' | 'hold' | 'pass'

type Watched = { identity: FileIdentity; readonly firstSeenAt: number; unchangedSince: number }

/** Knows which files are still being written: those whose size or time changed within the last `stableForMs`. */
export class Settled {
  readonly #stableForMs: number
  readonly #growingMaxMs: number
  readonly #watched: Map<string, Watched> = new Map()
  #waiting = false

  constructor(stableForMs: number, growingMaxMs: number) {
    this.#stableForMs = stableForMs
    this.#growingMaxMs = growingMaxMs
  }

  /** Whether the last look found a file that is not ready yet. */
  get waiting(): boolean {
    return this.#waiting
  }

  judge(file: SeenFile, now: number): Readiness {
    if (this.#stableForMs === 0 && file.identity.size > 0) return 'ready'
    const watched = this.#watched.get(file.name)
    if (watched === undefined) {
      this.#watched.set(file.name, { identity: file.identity, firstSeenAt: now, unchangedSince: now })
      return this.#wait('hold')
    }
    if (!isSameFile(watched.identity, file.identity)) {
      watched.identity = file.identity
      watched.unchangedSince = now
    }
    const tooLong = now - watched.firstSeenAt >= this.#growingMaxMs
    // An empty file is one that its writer has just created: it becomes an error only when nothing more comes.
    if (file.identity.size === 0) return tooLong ? 'ready' : this.#wait('hold')
    if (now - watched.unchangedSince >= this.#stableForMs) return 'ready'
    return this.#wait(tooLong ? 'pass' : 'hold')
  }

  forget(name: string): void {
    this.#watched.delete(name)
  }

  /** Starts a look: keeps only files that are still there. */
  keep(names: ReadonlySet<string>): void {
    this.#waiting = false
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#watched.delete(name)
  }

  #wait(readiness: Readiness): Readiness {
    this.#waiting = true
    return readiness
  }
}
