import { type ChildProcess, fork } from 'node:child_process'
import type { MessageSearch } from '@samband/engine'

/** What the engine's process is told when it starts. */
export type EngineProcessOptions = {
  readonly databaseUrl: string
  readonly port: number
  /** One for each receiver. */
  readonly sinkPorts: readonly number[]
  /** Connections to each receiver. */
  readonly connections: number
  /** Unique among the engine processes of one database. */
  readonly node: number
  /** Module of the route. */
  readonly routeFile: string
  /** How long the engine waits for a receiver's answer, e.g. '2s'. Default: the connector's. */
  readonly ackTimeout?: string
  /** Path of the socket by which the other engine processes reach this one. Absent: it is alone. */
  readonly peerSocket?: string
}

/** Exit code of an engine that others took for dead, so that it had to stop. */
export const deposedExitCode = 3

export type EngineQuestion =
  | { readonly kind: 'cpu' | 'memory' | 'counts' | 'stop' }
  /** `at`: epoch ms, what the engine is to take for now. */
  | { readonly kind: 'prune'; readonly at: number }
  | { readonly kind: 'search'; readonly search: MessageSearch }

/** Starts it; it says `{ kind: 'ready' }` when it takes messages. */
export function forkEngineProcess(options: EngineProcessOptions, stderr: 'inherit' | 'pipe'): ChildProcess {
  return fork(new URL('engine-process.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  })
}

/** False when it ended before it was ready. */
export function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise(resolve => {
    child.once('message', () => resolve(true))
    child.once('exit', () => resolve(false))
  })
}

export async function startEngineProcess(options: EngineProcessOptions): Promise<ChildProcess> {
  const child = forkEngineProcess(options, 'inherit')
  if (!(await isReady(child))) throw new Error('the engine ended before it was ready')
  return child
}

/** One question at a time: answers carry no number. */
export async function ask<Answer extends object>(child: ChildProcess, question: EngineQuestion): Promise<Answer> {
  const answer = await new Promise<Answer | { readonly error: string }>((resolve, reject) => {
    const onExit = (): void => reject(new Error(`the engine ended instead of answering ${question.kind}`))
    child.once('exit', onExit)
    child.once('message', (message: Answer | { readonly error: string }) => {
      child.off('exit', onExit)
      resolve(message)
    })
    child.send(question)
  })
  if ('error' in answer) throw new Error(`${question.kind}: ${answer.error}`)
  return answer
}

/** User and system time of the engine's process so far. */
export async function engineCpuMs(child: ChildProcess): Promise<number> {
  return (await ask<{ readonly ms: number }>(child, { kind: 'cpu' })).ms
}

export async function stopEngineProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.send({ kind: 'stop' })
  await ended
}
