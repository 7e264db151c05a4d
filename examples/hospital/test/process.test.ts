import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { HospitalState } from '../src/hospital.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

type Line = Readonly<Record<string, unknown>>

async function heard(child: ChildProcess, isIt: (line: Line) => boolean): Promise<Line> {
  for (;;) {
    const [line] = (await once(child, 'message')) as [Line]
    if (isIt(line)) return line
  }
}

test('the process says when it is ready, takes commands and ends with its parent', async () => {
  const child = fork(main, ['--port-base', '0', '--quiet', '--faults', 'nack'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = await heard(child, line => line['kind'] === 'ready')
  assert.equal(ready['text'], '60 messages a minute, with nack')
  child.send({ command: 'down', system: 'lis' })
  await heard(child, line => line['event'] === 'system.down')
  child.send({ command: 'pause' })
  child.send({ command: 'status' })
  const status = await heard(child, line => line['kind'] === 'status')
  assert.equal((status['state'] as HospitalState).running, false)
  child.disconnect()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('a setting that is wrong is one line that names it', () => {
  const run = (...args: string[]): string => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' }).stderr
  assert.match(run('--faults', 'boom'), /^--faults has "boom": known are receiver-down, [^\n]*\n$/)
  assert.match(run('--speed', 'fast'), /^--speed is "fast": give messages per minute, [^\n]*\n$/)
})

test('a port that is taken is one line that names the setting', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const address = blocker.address()
  assert.ok(typeof address === 'object' && address !== null)
  // The first system listens ten above the base.
  const { stderr, status } = spawnSync(process.execPath, [main, '--port-base', String(address.port - 10)], {
    encoding: 'utf8',
  })
  blocker.close()
  assert.equal(status, 1)
  assert.match(stderr, /EADDRINUSE.*set --port-base or SAMBAND_HOSPITAL_PORT_BASE\n$/)
})
