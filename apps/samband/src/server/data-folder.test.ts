import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startStamp } from '@samband/store'
import { openDataFolder, readServerFile, writeServerFile } from './data-folder.ts'

async function withFolder(fn: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'samband-data-'))
  try {
    await fn(path)
  } finally {
    await rm(path, { recursive: true })
  }
}

test('a folder that another living process has is refused with its id', async () => {
  await withFolder(async path => {
    const owner = { pid: process.ppid, started: await startStamp(process.ppid) }
    await writeFile(join(path, 'lock.json'), JSON.stringify(owner))
    await assert.rejects(openDataFolder(path), { code: 'already-running', exitCode: 8, message: /SAMBAND_DATA/ })
  })
})

test('what a killed process left behind blocks nobody, also when its id lives on', async () => {
  await withFolder(async path => {
    await writeFile(join(path, 'lock.json'), JSON.stringify({ pid: process.ppid, started: 'another time' }))
    const folder = await openDataFolder(path)
    await folder.release()
    await assert.rejects(stat(join(path, 'lock.json')), { code: 'ENOENT' })
  })
})

test('a folder that cannot be made names the setting', async () => {
  await assert.rejects(openDataFolder('/dev/null/samband'), { exitCode: 3, message: /SAMBAND_DATA/ })
})

test('the token for commands on this machine is for its owner only', async () => {
  await withFolder(async path => {
    const file = join(path, 'server.json')
    const server = { url: 'http://127.0.0.1:1', token: 'secret', pid: process.pid }
    await writeServerFile(file, server)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readServerFile(path), server)
  })
})

test('a server that is gone is not found through its file', async () => {
  await withFolder(async path => {
    await writeServerFile(join(path, 'server.json'), { url: 'x', token: 'y', pid: 2 ** 22 - 1 })
    assert.equal(await readServerFile(path), undefined)
  })
})
