import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { EngineFolder } from '../mllp/engine-folder.ts'
import { ask, deposedExitCode, type EngineProcessOptions, forkEngineProcess, isReady } from '../mllp/engine-client.ts'

const restartPauseMs = 100
const startWithinMs = 60_000
/** How long an engine may take to do what `stop` asks. */
const stopWithinMs = 15_000

export type FleetOptions = Omit<EngineProcessOptions, 'port' | 'node' | 'peerSocket' | 'routeFile'> & {
  readonly folder: EngineFolder
}

export type Member = {
  /** From 0; also the engine's node. */
  readonly number: number
  readonly port: number
}

type Process = Member & { child: ChildProcess | undefined; ready: Promise<void> }

/**
 * The engine processes on one database, each started again whenever it ends, as a service manager does. What they write
 * to standard error is counted by its first word.
 */
export class EngineFleet {
  readonly #options: FleetOptions
  readonly #processes: Process[]
  /** Lines of the engines' error log, by event. */
  readonly troubles: Map<string, number> = new Map()
  /** Ends that nobody asked for, while the engine was up. */
  unexpectedExits = 0
  /** Ends because the others took a process for dead. */
  deposed = 0
  #stopping = false

  constructor(options: FleetOptions, ports: readonly number[]) {
    this.#options = options
    this.#processes = ports.map((port, number) => ({ number, port, child: undefined, ready: Promise.resolve() }))
  }

  get members(): readonly Member[] {
    return this.#processes
  }

  async start(): Promise<void> {
    await Promise.all(this.#processes.map(member => this.#launch(member)))
  }

  /** Resolves when it is gone; it is on its way up again then. */
  async kill(number: number): Promise<void> {
    const child = this.#processes[number]?.child
    if (child === undefined) return
    const dead = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await dead
  }

  /** Resolves when every process is up. */
  async ready(): Promise<void> {
    await Promise.all(this.#processes.map(({ ready }) => ready))
  }

  signal(number: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#processes[number]?.child?.kill(signal)
  }

  /** Asks the first process. */
  async deadLetters(): Promise<number> {
    const child = this.#processes[0]?.child
    if (child === undefined) throw new Error('no engine is up')
    return (await ask<{ readonly deadLetters: number }>(child, { kind: 'counts' })).deadLetters
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(
      this.#processes.map(async ({ child }) => {
        if (child === undefined) return
        const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
        child.kill('SIGCONT')
        child.send({ kind: 'stop' })
        await Promise.race([ended, delay(stopWithinMs, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
      }),
    )
  }

  #launch(member: Process): Promise<void> {
    member.ready = this.#untilReady(member)
    return member.ready
  }

  async #untilReady(member: Process): Promise<void> {
    const end = performance.now() + startWithinMs
    const { folder, ...options } = this.#options
    const { routeFile } = folder
    while (!this.#stopping) {
      const child = forkEngineProcess(
        { ...options, port: member.port, node: member.number, routeFile, ...folder.peerOf(member.number) },
        'pipe',
      )
      member.child = child
      if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', line => this.#note(line))
      if (await isReady(child)) {
        child.once('exit', (code, signal) => this.#ended(member, child, code, signal))
        return
      }
      if (performance.now() > end) throw new Error(`engine process ${member.number} does not start: ${this.#lastError}`)
      await delay(restartPauseMs)
    }
  }

  #ended(member: Process, child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping || member.child !== child) return
    if (code === deposedExitCode) this.deposed += 1
    else if (signal !== 'SIGKILL') this.unexpectedExits += 1
    this.#launch(member).catch((thrown: unknown) => {
      process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
      process.exit(1)
    })
  }

  #lastError = ''

  #note(line: string): void {
    if (line.includes('Error')) this.#lastError = line
    const event = /^[a-z][a-z-]+(?= \{)/.exec(line)?.[0]
    if (event !== undefined) this.troubles.set(event, (this.troubles.get(event) ?? 0) + 1)
  }
}
