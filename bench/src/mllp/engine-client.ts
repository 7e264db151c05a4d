import { type ChildProcess, fork } from 'node:child_process'

/** What the engine's process is told when it starts. */
export type EngineProcessOptions = {
  readonly databaseUrl: string
  readonly port: number
  readonly sinkPort: number
  /** Connections to the receiver. */
  readonly connections: number
  /** Unique among the engine processes of one database. */
  readonly node: number
  /** How long the engine waits for the receiver's answer, e.g. '2s'. Default: the connector's. */
  readonly ackTimeout?: string
}

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

/** User and system time of the engine's process so far. */
export async function engineCpuMs(child: ChildProcess): Promise<number> {
  return (await ask<{ readonly ms: number }>(child, 'cpu')).ms
}

export function ask<Answer>(child: ChildProcess, kind: string): Promise<Answer> {
  return new Promise(resolve => {
    child.once('message', (answer: Answer) => resolve(answer))
    child.send({ kind })
  })
}

export async function stopEngineProcess(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.send({ kind: 'stop' })
  await ended
}
