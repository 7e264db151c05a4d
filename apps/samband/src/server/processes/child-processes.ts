import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ServerLog } from '../log.ts'
import type { FromProcess, ProcessFacts, ProcessFailure, ProcessStart, ToProcess } from './process-messages.ts'

/** How long a process may take to start, and to finish what is under way. */
const readyWithinMs = 120_000
const stopWithinMs = 6_500
/** Before one that ended is started again: doubled each time, from the first to the longest. */
const pauseFirstMs = 250
const pauseLongestMs = 30_000
/** Who has run for so long has not ended for what made the one before it end. */
const settledAfterMs = 60_000
/** When none runs any more and so many starts in a row have failed, there is nothing to wait for. */
const failedStartsMax = 8

export type ChildProcessesOptions = {
  /** `first`: with the server, not in place of one that ended. */
  readonly startOf: (number: number, first: boolean) => ProcessStart
  /** On top of this process's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly log: Pick<ServerLog, 'info' | 'warn' | 'error' | 'quiet'>
  /** None runs, and none can be started: why. */
  readonly onFatal: (why: string) => void
  readonly failure: (failure: ProcessFailure) => Error
}

type Child = {
  readonly number: number
  readonly worker: Worker
  readonly startedAt: number
  ready: boolean
}

/**
 * Engine processes under this one. node:cluster makes their listening sockets one: this process holds them, and gives each
 * connection to one of the processes in turn, so that ports stay open while any of them runs.
 *
 * A process is *starting* (it has 'start') -> *running* (it said 'ready') -> *ended*, for whatever reason -> *waiting* for its
 * pause -> *starting* again. With the server's stop nothing is started any more, and each ends in its own time or is killed.
 */
export class ChildProcesses {
  readonly #options: ChildProcessesOptions
  readonly #children = new Map<number, Child>()
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Ends in a row, by number. */
  readonly #ends = new Map<number, number>()
  #failedStarts = 0
  #stopping = false

  constructor(options: ChildProcessesOptions) {
    this.#options = options
    cluster.setupPrimary({
      exec: join(import.meta.dirname, 'process-main.ts'),
      args: [],
      // Standard output belongs to the command.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
  }

  running(): readonly { readonly number: number; readonly pid: number }[] {
    return [...this.#children.values()]
      .map(({ number, worker }) => ({ number, pid: worker.process.pid ?? 0 }))
      .toSorted((one, other) => one.number - other.number)
  }

  /** @throws what it says when it cannot start; nothing is tried again then */
  async start(number: number): Promise<ProcessFacts> {
    return await this.#fork(number, true)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#children.values()].map(({ worker }) => ended(worker)))
  }

  async #fork(number: number, first: boolean): Promise<ProcessFacts> {
    const worker = cluster.fork(this.#options.env)
    const child: Child = { number, worker, startedAt: performance.now(), ready: false }
    this.#children.set(number, child)
    worker.on('error', error => {
      // A message that could not be sent to one that has just ended.
      this.#options.log.quiet.warn('process-channel', { process: number, text: error.message })
    })
    worker.on('exit', (code, signal) => this.#ended(child, code, signal))
    const facts = await this.#ready(child, first)
    child.ready = true
    this.#failedStarts = 0
    return facts
  }

  #ready({ worker, number }: Child, first: boolean): Promise<ProcessFacts> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        end(() => reject(this.#unready(number, `it was not ready within ${readyWithinMs / 1000} s`)))
        worker.process.kill('SIGKILL')
      }, readyWithinMs)
      const onMessage = (message: FromProcess): void =>
        end(() => {
          if (message.kind === 'ready') resolve(message.facts)
          else reject(this.#options.failure(message.failure))
        })
      const onExit = (code: number | null, signal: string | null): void =>
        end(() => reject(this.#unready(number, `it ended with ${signal ?? String(code)}`)))
      const end = (fn: () => void): void => {
        clearTimeout(timer)
        worker.off('message', onMessage)
        worker.off('exit', onExit)
        fn()
      }
      worker.on('message', onMessage)
      worker.on('exit', onExit)
      send(worker, { kind: 'start', start: this.#options.startOf(number, first) })
    })
  }

  #unready(number: number, text: string): Error {
    const message = `engine process ${number} did not start: ${text}`
    return this.#options.failure({ code: 'process-not-started', exitCode: 1, message, details: [] })
  }

  #ended(child: Child, code: number | null, signal: string | null): void {
    const { number, ready, startedAt } = child
    if (this.#children.get(number) === child) this.#children.delete(number)
    // Who never ran is told about by whoever started it.
    if (this.#stopping || !ready) return
    const { log } = this.#options
    if (performance.now() - startedAt > settledAfterMs) this.#ends.delete(number)
    const text = signal === null && code === 0 ? 'it was told to; another takes its place' : 'another takes its place'
    const facts = { process: number, end: signal ?? String(code), text }
    if (signal === null && code === 0) log.info('process-ended', facts)
    else log.error('process-ended', facts)
    this.#startLater(number)
  }

  #startLater(number: number): void {
    if (this.#stopping) return
    const before = this.#ends.get(number) ?? 0
    this.#ends.set(number, before + 1)
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        void this.#startAgain(number)
      },
      Math.min(pauseFirstMs * 2 ** before, pauseLongestMs),
    )
    this.#timers.add(timer)
  }

  async #startAgain(number: number): Promise<void> {
    const { log, onFatal } = this.#options
    try {
      await this.#fork(number, false)
      log.warn('process-started-again', { process: number })
    } catch (thrown) {
      if (this.#stopping) return
      const text = thrown instanceof Error ? thrown.message : String(thrown)
      log.error('process-not-started', { process: number, text })
      this.#failedStarts += 1
      const noneRuns = ![...this.#children.values()].some(({ ready }) => ready)
      if (noneRuns && this.#failedStarts >= failedStartsMax) onFatal(`no engine process can be started: ${text}`)
      else this.#startLater(number)
    }
  }
}

/** Told to stop, and killed when it takes too long. */
async function ended(worker: Worker): Promise<void> {
  if (worker.isDead()) return
  const exit = once(worker, 'exit')
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopWithinMs)
  send(worker, { kind: 'stop' })
  await exit
  clearTimeout(timer)
}

function send(worker: Worker, message: ToProcess): void {
  if (worker.isConnected()) worker.send(message)
}
