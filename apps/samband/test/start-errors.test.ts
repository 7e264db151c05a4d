import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Deployment, deployment, samband } from './cli.ts'

async function withDeployment(config: object, fn: (place: Deployment) => Promise<void>): Promise<void> {
  const place = await deployment(config)
  try {
    await fn(place)
  } finally {
    await place.remove()
  }
}

test('an unknown key stops the start, by name and with the nearest known one', async () => {
  await withDeployment({ enpoints: {} }, async ({ config }) => {
    const { code, stderr } = await samband(['start', '--config', config])
    assert.equal(code, 3)
    assert.equal(stderr, `samband: ${config}: unknown key 'enpoints', did you mean 'endpoints'?\n`)
  })
})

test('a configuration with several problems lists each on a line', async () => {
  await withDeployment({ tenant: 'x', http: { prot: 1 }, endpoints: {} }, async ({ config }) => {
    const { code, stderr } = await samband(['config', 'check', '--config', config])
    assert.equal(code, 3)
    assert.match(stderr, /problem: tenant.*\n {2}problem: unknown key 'prot'[^]*has 4 problems/)
  })
})

test('config check names what routes and endpoints lack, as rows with --json', async () => {
  await withDeployment({ endpoints: { in: { connector: 'mllp', prot: 1 } } }, async ({ config }) => {
    const { code, stdout } = await samband(['config', 'check', '--config', config, '--json'])
    assert.equal(code, 3)
    const rows = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { kind: string; text: string })
    assert.ok(rows.every(({ kind }) => kind === 'problem'))
    assert.ok(rows.some(({ text }) => text.includes('archive')))
    assert.ok(rows.some(({ text }) => text.includes('prot')))
  })
})

test('a good configuration is good, and shown with where each setting comes from', async () => {
  await withDeployment({ name: 'Fjordvik' }, async ({ config }) => {
    const check = await samband(['config', 'check', '--config', config])
    assert.deepEqual([check.code, check.stderr], [0, ''])
    assert.match(check.stdout, /is good: 1 routes, 2 endpoints/)
    const env = { SAMBAND_DATABASE_URL: 'postgres://samband:hidden@db/x', SAMBAND_HTTP_PORT: '7700' }
    const { stdout } = await samband(['config', 'show', '--resolved', '--config', config], { env })
    assert.match(stdout, /^name +file +Fjordvik$/m)
    assert.match(stdout, /^http\.port +SAMBAND_HTTP_PORT +7700$/m)
    assert.match(stdout, /^http\.host +default +127\.0\.0\.1$/m)
    assert.doesNotMatch(stdout, /hidden/)
  })
})

test('the examples are good', async () => {
  for (const example of ['hospital', 'store-and-forward']) {
    const { code, stderr } = await samband(['config', 'check', '--example', example], {
      env: { STORE_FOLDER: join(process.env['TMPDIR'] ?? '/tmp', 'samband-example-archive') },
    })
    assert.equal(code, 0, stderr)
  }
})

test('every variable is listed with its meaning', async () => {
  const { code, stdout } = await samband(['config', 'variables'])
  assert.equal(code, 0)
  for (const name of [
    'SAMBAND_DATABASE_URL',
    'SAMBAND_HTTP_PORT',
    'SAMBAND_DATA',
    'SAMBAND_MASTER_KEY',
    'SAMBAND_TOKEN',
  ]) {
    assert.match(stdout, new RegExp(`^${name} +.*\\S`, 'm'))
  }
})

test('no configuration says what to do', async () => {
  const { code, stderr } = await samband(['start', '--config', '/no/samband.config.ts'])
  assert.deepEqual([code, stderr.split('\n').length], [3, 2])
  assert.match(stderr, /--config/)
})

test('a configuration that throws is told with its reason', async () => {
  await withDeployment({}, async ({ config }) => {
    await writeFile(config, `throw new Error('no vault here')\n`)
    const { code, stderr } = await samband(['start', '--config', config])
    assert.equal(code, 3)
    assert.match(stderr, /cannot be loaded: no vault here/)
  })
})

test('a database that cannot be reached is told with the setting, and without the password', async () => {
  await withDeployment({}, async ({ config }) => {
    const env = { SAMBAND_DATABASE_URL: 'postgres://samband:hidden@127.0.0.1:9/samband' }
    const { code, stderr } = await samband(['start', '--config', config], { env })
    assert.equal(code, 4)
    assert.match(stderr, /^samband: the database at 127\.0\.0\.1:9\/samband cannot be reached .*SAMBAND_DATABASE_URL$/m)
    assert.doesNotMatch(stderr, /hidden/)
  })
})

test('a data folder that cannot be written to names the setting', async () => {
  await withDeployment({}, async ({ config, folder }) => {
    // Root may write anywhere, but not below a file.
    const data = join(folder, 'samband.config.ts', 'data')
    await chmod(folder, 0o755)
    const { code, stderr } = await samband(['start', '--config', config, '--data', data])
    assert.equal(code, 3)
    assert.match(stderr, /^samband: the data folder .* cannot be written to .*SAMBAND_DATA/m)
  })
})

test('an example that is not there is told', async () => {
  const { code, stderr } = await samband(['start', '--example', 'clinic'])
  assert.equal(code, 3)
  assert.match(stderr, /no example clinic/)
})

test('certificate and key that do not fit are told as such', async () => {
  await withDeployment({}, async ({ config, folder }) => {
    const file = join(folder, 'not.pem')
    await writeFile(file, 'not a certificate')
    const env = { SAMBAND_HTTP_TLS_CERT: file }
    const half = await samband(['config', 'check', '--config', config], { env })
    assert.deepEqual([half.code, /http\.tls\.keyFile/.test(half.stderr)], [3, true])
  })
})
