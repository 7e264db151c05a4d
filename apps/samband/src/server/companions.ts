import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import type { Log } from '@samband/engine'
import { configurationError } from '../cli/exit-codes.ts'

/**
 * Programs that run beside the server in processes of their own, so that they take nothing of its event loop: the
 * simulators of an example.
 *
 * They are started in a process group of their own, because Ctrl-C in a terminal reaches the whole group and the server
 * is to stop them last but one. Each has a channel to the server: `{ kind: 'ready', text? }` says that it runs, and
 * when the channel closes (the server was killed) it must end itself, which `disconnect` does by default for programs
 * that hold the channel open with `process.on('message')` and exit on 'disconnect'.
 */
export type Companion = {
  readonly name: string
  /** What it said about itself when it was ready. */
  readonly text: string | undefined
  readonly stop: () => Promise<void>
}

export type CompanionOptions = {
  readonly file: string
  readonly args: readonly string[]
  readonly log: Log
  readonly readyWithinMs?: number
}

const readyWithinDefaultMs = 20_000
const stopWithinMs = 1_500

export async function startCompanion(options: CompanionOptions): Promise<Companion> {
  const { file, args, log, readyWithinMs = readyWithinDefaultMs } = options
  const name = basename(file)
  const child = fork(file, [...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let lastLine = ''
  const keep = (chunk: unknown): void => {
    lastLine = String(chunk).trim().split('\n').at(-1) ?? lastLine
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let stopping = false
  const text = await ready(child, readyWithinMs).catch((error: unknown) => {
    child.kill('SIGKILL')
    const reason = error instanceof Error ? error.message : String(error)
    throw configurationError(`${file} did not start: ${lastLine === '' ? reason : lastLine}`, [], error)
  })
  child.once('exit', (code, signal) => {
    if (!stopping) log.error('companion-ended', { companion: name, code: code ?? String(signal), text: lastLine })
  })
  return {
    name,
    text,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      stopping = true
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
      await exited
      clearTimeout(timer)
    },
  }
}

function ready(child: ChildProcess, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within ${withinMs} ms`)), withinMs)
    const end = (fn: () => void): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      fn()
    }
    const onMessage = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !('kind' in message) || message.kind !== 'ready') return
      end(() => resolve('text' in message && typeof message.text === 'string' ? message.text : undefined))
    }
    const onExit = (code: number | null): void => end(() => reject(new Error(`it ended with code ${code}`)))
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.once('error', error => end(() => reject(error)))
  })
}
