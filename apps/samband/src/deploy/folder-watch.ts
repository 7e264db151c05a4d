import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '@samband/engine'
import type { Deployments } from './deployments.ts'
import { readFolders, type RouteFolders } from './candidate.ts'
import { deployLimits } from './limits.ts'
import { troubleText } from './problem.ts'

export type FolderWatchOptions = {
  readonly config: RouteFolders
  readonly deployments: Pick<Deployments, 'apply' | 'settled' | 'progress' | 'whyNotLoaded'>
  readonly log: Log
  /** A line for the person at the terminal. */
  readonly say: (line: string) => void
}

const actor = { name: 'samband start --watch' }

/**
 * Applies what is saved: every folder that holds a route or something that a route imports is watched, and what changed is
 * applied when no write followed for a moment. What does not load is said with its place, and what ran goes on.
 */
export class FolderWatch {
  readonly #options: FolderWatchOptions
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #last = ''
  #working: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { config, say } = this.#options
    const { id, watched } = await readFolders(config)
    this.#last = id
    this.#follow(watched)
    say(`samband: watching ${config.routes.join(', ')}`)
  }

  /** What is being applied is the deployments' to end. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
  }

  /** Folders, not files: an editor replaces a file by a new one, which a watch of the old would not see. */
  #follow(files: readonly string[]): void {
    const wanted = new Set([...this.#options.config.routes, ...files.map(file => dirname(file))])
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.delete(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of wanted) {
      const watcher = watch(folder, () => this.#changed())
      watcher.on('error', thrown => this.#options.say(`samband: ${folder} is no longer watched: ${thrown.message}`))
      this.#watchers.set(folder, watcher)
    }
  }

  #changed(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#working = this.#working.then(() => this.#apply())
    }, deployLimits.watchQuietMs)
  }

  async #apply(): Promise<void> {
    const { config, deployments, log, say } = this.#options
    try {
      const { id, watched } = await readFolders(config)
      if (id === this.#last || this.#stopped) return
      this.#last = id
      this.#follow(watched)
      const { id: deployment } = await deployments.apply({ reason: 'a file was saved' }, actor)
      await deployments.settled()
      const done = await deployments.progress(deployment)
      if (done?.state === 'failed') throw new Error(done.error ?? 'it failed')
      const changed = done?.routes.map(({ name, revision }) => `${name} ${revision}`) ?? []
      say(`samband: applied: ${changed.join(', ')}`)
    } catch (thrown) {
      if (this.#stopped) return
      const place = await deployments.whyNotLoaded()
      const text = place ?? troubleText(thrown)
      log.warn('routes-not-applied', { text })
      say(`samband: not applied: ${text}`)
      say('samband: what ran goes on running')
    }
  }
}
