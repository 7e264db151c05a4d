import { type ChildProcess, fork } from 'node:child_process'
import type { HubServerOptions } from './hub-server.ts'

export type HubUsage = {
  /** User and system time so far. */
  readonly ms: number
  /** Interactions that the audit port was told of. */
  readonly audited: number
  readonly rss: number
}

export type HubProcess = {
  readonly url: URL
  usage(): Promise<HubUsage>
  stop(): Promise<void>
}

/** `SAMBAND_BENCH_HUB_FLAGS`, such as `--cpu-prof --cpu-prof-dir=/tmp/prof`: options of Node for the hub's process. */
export async function startHubProcess(options: HubServerOptions): Promise<HubProcess> {
  const flags = (process.env['SAMBAND_BENCH_HUB_FLAGS'] ?? '').split(' ').filter(flag => flag !== '')
  const child = fork(new URL('hub-process.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: flags,
  })
  const { url } = await answer<{ readonly url: string }>(child)
  return {
    url: new URL(url),
    usage: async () => {
      child.send('cpu')
      return await answer<HubUsage>(child)
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.send('stop')
      await ended
    },
  }
}

function answer<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('the hub ended instead of answering'))
    child.once('exit', onExit)
    child.once('message', (message: Answer) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}
