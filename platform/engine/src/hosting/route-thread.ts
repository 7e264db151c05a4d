import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { RunningMark } from './running-mark.ts'
import type { RestartCause } from './route-host.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

export type ThreadLimits = {
  /** How long one message may keep the thread. */
  readonly stepMs: number
  /** Heap of the thread. */
  readonly heapMb: number
  /** Memory beside the heap (buffers) of the thread. */
  readonly externalMb: number
}

export type ThreadListener = {
  readonly message: (message: FromWorker) => void
  /** The thread is gone; called once, unless `close` was called before. */
  readonly ended: (cause: RestartCause) => void
}

const mb = 1024 * 1024

/**
 * One worker thread, watched. *running* -> *ended* (it kept a message too long, used too much memory, or left by itself;
 * told to the listener once) or *closed* (asked for).
 *
 * A thread that keeps one message is seen in the shared mark. One that spins after an `await`, where there is no mark, is
 * seen by its silence: it does not answer a ping.
 */
export class RouteThread {
  readonly limits: ThreadLimits
  readonly #worker: Worker
  readonly #mark = new RunningMark()
  readonly #listener: ThreadListener
  #seen: { readonly job: number; readonly since: number } = { job: 0, since: 0 }
  #pingSince: number | undefined
  #done = false

  constructor(limits: ThreadLimits, listener: ThreadListener) {
    this.limits = limits
    this.#listener = listener
    this.#worker = new Worker(new URL('./worker-entry.ts', import.meta.url), {
      workerData: { mark: this.#mark.shared, compileCache: compileCacheOfProcess() },
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
      // Routes have no business on the standard output of the server; what they print goes with its own.
      stdout: false,
    })
    this.#worker.on('message', (message: FromWorker) => this.#message(message))
    this.#worker.on('error', (thrown: Error & { readonly code?: string }) => this.#failed(thrown))
    this.#worker.on('exit', () => this.#end(left))
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  /** Called again and again; `busy`: something is under way, so that silence would mean trouble. */
  watch(nowMs: number, busy: boolean): void {
    if (this.#done) return
    const current = this.#mark.current()
    if (current === undefined || current.job !== this.#seen.job) this.#seen = { job: current?.job ?? 0, since: nowMs }
    else if (nowMs - this.#seen.since > this.limits.stepMs) return this.#kill(this.#tooLong(current.messageId))
    if (!busy) this.#pingSince = undefined
    else if (this.#pingSince === undefined) {
      this.#pingSince = nowMs
      this.post({ kind: 'ping' })
    } else if (current === undefined && nowMs - this.#pingSince > this.limits.stepMs)
      this.#kill(this.#tooLong(undefined))
    else if (current !== undefined) this.#pingSince = Math.max(this.#pingSince, this.#seen.since)
  }

  async close(): Promise<void> {
    this.#done = true
    await this.#worker.terminate()
  }

  #message(message: FromWorker): void {
    if (message.kind !== 'pong') return this.#listener.message(message)
    this.#pingSince = undefined
    if (message.externalBytes <= this.limits.externalMb * mb) return
    this.#kill({
      code: 'step-memory-exceeded',
      text: `the route's buffers took more than ${this.limits.externalMb} MB`,
      messageId: this.#mark.current()?.messageId,
    })
  }

  #tooLong(messageId: number | undefined): RestartCause {
    const text = `a step kept its thread for more than ${this.limits.stepMs} ms`
    return { code: 'step-time-exceeded', text, messageId: messageId === 0 ? undefined : messageId }
  }

  #failed(thrown: Error & { readonly code?: string }): void {
    if (thrown.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const text = `the route's thread took more than ${this.limits.heapMb} MB`
      this.#end({ code: 'step-memory-exceeded', text, messageId: this.#mark.current()?.messageId })
    } else this.#end({ ...left, messageId: this.#mark.current()?.messageId })
  }

  #kill(cause: RestartCause): void {
    this.#end(cause)
    void this.#worker.terminate()
  }

  #end(cause: RestartCause): void {
    if (this.#done) return
    this.#done = true
    this.#listener.ended(cause)
  }
}

/** The folder that was given to `enableCompileCache`: Node makes one of its version in it. */
function compileCacheOfProcess(): string | undefined {
  const folder = getCompileCacheDir()
  return folder === undefined ? undefined : dirname(folder)
}

const left: RestartCause = {
  code: 'route-thread-ended',
  text: "the route's thread ended: its code threw outside of a step, or left the process",
  messageId: undefined,
}
