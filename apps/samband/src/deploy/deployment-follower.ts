import type { ServerLog } from '../server/log.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { deployLimits } from './limits.ts'
import { troubleText } from './problem.ts'

export type FollowerOptions = {
  readonly store: DeploymentStore
  /** This process, as `samband apply` names it. */
  readonly name: string
  /** The deployment that it runs already; undefined: none, or it is not known. */
  readonly running: number | undefined
  readonly log: Pick<ServerLog, 'error' | 'warn'>
  readonly switchTo: (deployment: number) => Promise<void>
}

/**
 * Looks every second which deployment is current, and switches to it when it is another than the one that runs here; says what
 * runs here and why not, for whoever waits for it. It polls, so that nothing is missed: a notification that is lost with its
 * connection would leave a process behind.
 */
export class DeploymentFollower {
  readonly #options: FollowerOptions
  #running: number | undefined
  #error: string | null = null
  #said = ''
  #saidAt = 0
  #notBefore = 0
  #queue: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#running = options.running
  }

  async start(): Promise<void> {
    await this.say()
    this.#next()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#queue.catch(() => {})
    await this.#options.store.leave(this.#options.name).catch((thrown: unknown) =>
      // It is silent from now on, and forgotten for that.
      this.#options.log.warn('deployment-leave-failed', { text: troubleText(thrown) }),
    )
  }

  /** Nothing is followed while `fn` runs. */
  async exclusive<T>(fn: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(fn)
    this.#queue = done.catch(() => {})
    return await done
  }

  /** What runs here now. Undefined: not known, so that what is current is applied with the next look. */
  runs(deployment: number | undefined): void {
    this.#running = deployment
    this.#error = null
    this.#notBefore = 0
  }

  #next(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      void this.exclusive(() => this.#look())
        .catch((thrown: unknown) => this.#options.log.warn('deployment-follow-failed', { text: troubleText(thrown) }))
        .finally(() => this.#next())
    }, deployLimits.followEveryMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const { store, switchTo, log } = this.#options
    const current = await store.currentId()
    if (current !== undefined && current !== this.#running && Date.now() >= this.#notBefore) {
      try {
        await switchTo(current)
        this.runs(current)
      } catch (thrown) {
        this.#error = troubleText(thrown)
        this.#notBefore = Date.now() + deployLimits.followAgainMs
        log.error('deployment-follow-failed', { deployment: current, text: this.#error })
      }
    }
    await this.say()
  }

  /** Told at once when it changed, else now and then. */
  async say(): Promise<void> {
    const { store, name } = this.#options
    const row = { name, deployment: this.#running ?? null, error: this.#error }
    const text = JSON.stringify(row)
    if (text === this.#said && Date.now() - this.#saidAt < deployLimits.heartbeatMs) return
    await store.heartbeat(row)
    this.#said = text
    this.#saidAt = Date.now()
  }
}
