import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployment, samband, startSamband } from './cli.ts'

test('with the embedded database: starts, keeps its data, stops within five seconds, survives a kill -9', async () => {
  const place = await deployment()
  const data = join(place.folder, '.samband')
  const args = ['--config', place.config]
  try {
    const first = await startSamband(args)
    assert.equal(first.facts.database.kind, 'embedded')
    assert.equal(first.facts.firstLogin?.user, 'admin')
    assert.equal((await stat(join(data, 'server.json'))).mode & 0o777, 0o600)
    assert.equal((await stat(join(data, 'master.key'))).mode & 0o777, 0o600)
    const stopped = await first.stop('SIGTERM')
    assert.equal(stopped.code, 0)
    assert.ok(stopped.ms < 5_000, `took ${Math.round(stopped.ms)} ms`)
    await assert.rejects(stat(join(data, 'server.json')), { code: 'ENOENT' })

    const second = await startSamband(args)
    assert.equal(second.facts.firstLogin, null, 'the password is shown once')
    await second.kill()

    const third = await startSamband(args)
    const status = await samband(['status', '--json'], { env: { SAMBAND_DATA: data } })
    assert.equal(status.code, 0, status.stderr)
    assert.equal((await third.stop()).code, 0)

    const reset = await samband(['admin', 'reset-password', '--config', place.config, '--json'])
    assert.equal(reset.code, 0, reset.stderr)
    const bare = await samband(['admin', 'reset-password'], { cwd: place.folder })
    assert.equal(bare.code, 0, bare.stderr)
    assert.equal((await samband(['admin', 'reset-password', '--data', join(place.folder, 'no')])).code, 7)
    assert.match(reset.stdout, /"user":"admin","password":"[a-z0-9-]{20,}"/)
  } finally {
    await place.remove()
  }
})
