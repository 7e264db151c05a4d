import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadMasterKey } from './master-key.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-key-'))
})
after(() => rm(folder, { recursive: true }))

const env = {}

test('the first start makes a key file that only its owner reads', async () => {
  const file = join(folder, 'new', 'master.key')
  const key = await loadMasterKey({ file, env })
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(folder, 'new')), ['master.key'])
  assert.equal((await loadMasterKey({ file, env })).fingerprint, key.fingerprint)
})

test('processes that start at once agree on one key', async () => {
  const file = join(folder, 'race.key')
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey({ file, env })))
  assert.equal(new Set(keys.map(key => key.fingerprint)).size, 1)
})

test('the environment comes before the file', async () => {
  const file = join(folder, 'other.key')
  const fromFile = await loadMasterKey({ file, env })
  const fromEnv = await loadMasterKey({ file, env: { SAMBAND_MASTER_KEY: randomBytes(32).toString('base64') } })
  assert.equal(fromEnv.source, 'environment')
  assert.notEqual(fromEnv.fingerprint, fromFile.fingerprint)
})

test('a key file that others can read is refused', async () => {
  const file = join(folder, 'open.key')
  await loadMasterKey({ file, env })
  for (const mode of [0o640, 0o604]) {
    await chmod(file, mode)
    await assert.rejects(loadMasterKey({ file, env }), { code: 'master-key-exposed', message: /chmod 600/ })
  }
})

test('a key of the wrong length is refused without being shown', async () => {
  const short = randomBytes(16).toString('base64')
  const file = join(folder, 'short.key')
  await writeFile(file, short, { mode: 0o600 })
  for (const options of [{ file, env }, { env: { SAMBAND_MASTER_KEY: short } }]) {
    await assert.rejects(loadMasterKey(options), (error: Error) => {
      assert.match(error.message, /base64 of 32 bytes/)
      assert.ok(!error.message.includes(short))
      return true
    })
  }
})

test('a file that cannot be made is refused with its reason', async () => {
  const blocked = join(folder, 'a-file')
  await writeFile(blocked, '')
  await assert.rejects(loadMasterKey({ file: join(blocked, 'master.key'), env }), {
    code: 'master-key-unreadable',
    message: /ENOTDIR|EEXIST/,
  })
})

test('without a file and a variable there is no key', async () => {
  await assert.rejects(loadMasterKey({ env }), { code: 'master-key-missing', message: /SAMBAND_MASTER_KEY/ })
})
