import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { openSocketFolder, peersOf } from './peer-place.ts'

test('each process of a machine takes the next port, and tells it', () => {
  const peers = { listen: 'tls://0.0.0.0:7610', advertise: 'tls://10.0.0.5:9000' }
  assert.deepEqual(peersOf(peers, 1), peers)
  assert.deepEqual(peersOf(peers, 3), { listen: 'tls://0.0.0.0:7612', advertise: 'tls://10.0.0.5:9002' })
  assert.deepEqual(peersOf({ listen: 'tls://127.0.0.1:0' }, 2), { listen: 'tls://127.0.0.1:0' })
})

test('sockets are in the data folder, for this user only, and elsewhere when its path is too long for them', async () => {
  const data = await mkdtemp(join(tmpdir(), 'samband-sockets-'))
  try {
    const near = await openSocketFolder(data)
    assert.equal(near.socketOf(2).listen, `unix:${data}/peers/2.sock`)
    assert.equal((await stat(join(data, 'peers'))).mode & 0o777, 0o700)
    const far = await openSocketFolder(join(data, 'x'.repeat(100)))
    const folder = dirname(far.socketOf(16).listen.replace('unix:', ''))
    assert.ok(Buffer.byteLength(folder) < 90)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    await far.remove()
    await assert.rejects(stat(folder), { code: 'ENOENT' })
  } finally {
    await rm(data, { recursive: true })
  }
})
