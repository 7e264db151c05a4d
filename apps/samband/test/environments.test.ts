import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDatabase } from '@samband/store'
import { type Deployment, deployment, samband, startSamband } from './cli.ts'

async function withDeployment(config: object, fn: (place: Deployment) => Promise<void>): Promise<void> {
  const place = await deployment(config)
  try {
    await fn(place)
  } finally {
    await place.remove()
  }
}

test('a server starts in an environment, with the secrets of that environment', async () => {
  const database = await testDatabase()
  const config = {
    database: { url: { env: 'NOWHERE' } },
    environments: {
      test: { database: { url: { env: 'OF_THE_TEST' } }, endpoints: { in: { system: 'Sender of the test' } } },
    },
  }
  await withDeployment(config, async ({ config: file, folder }) => {
    const missing = await samband(['start', '--config', file])
    assert.equal(missing.code, 3)
    assert.match(missing.stderr, /database\.url: the environment variable NOWHERE is missing or empty/)
    const env = { OF_THE_TEST: database.url }
    const server = await startSamband(['--config', file, '--environment', 'test'], { env })
    try {
      assert.equal(server.facts.database.kind, 'external')
      const routes = await samband(['routes', 'list', '--json'], { env: { SAMBAND_DATA: join(folder, '.samband') } })
      assert.match(routes.stdout, /Sender of the test/)
    } finally {
      assert.equal((await server.stop()).code, 0)
    }
  })
  await database.close()
})

test('a secret that is written as text is a note of the check, without the secret, but in dev', async () => {
  const database = await testDatabase()
  await withDeployment({ database: { url: database.url } }, async ({ config: file }) => {
    const check = await samband(['config', 'check', '--config', file, '--environment', 'prod'])
    assert.equal(check.code, 0)
    assert.match(check.stderr, /note: database\.url: the secret itself stands in the configuration/)
    assert.doesNotMatch(check.stderr + check.stdout, new RegExp(new URL(database.url).pathname))
    const dev = await samband(['config', 'check', '--config', file, '--environment', 'dev'])
    assert.equal(dev.stderr, '')
  })
  await database.close()
})

test('an environment is chosen by option or variable, and one that is not there is refused with the nearest', async () => {
  const config = { name: 'One', environments: { 'prod-west': { name: 'West' } } }
  await withDeployment(config, async ({ config: file }) => {
    const shown = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> =>
      (await samband(['config', 'show', '--resolved', '--config', file, ...args], { env })).stdout
    assert.match(await shown(['--environment', 'prod-west']), /^name +environment prod-west +West$/m)
    assert.match(await shown([], { SAMBAND_ENVIRONMENT: 'prod-west' }), /^name +environment prod-west +West$/m)
    assert.match(await shown([]), /^name +file +One$/m)
    for (const command of [['start'], ['config', 'show', '--resolved'], ['config', 'check'], ['test']]) {
      const { code, stderr } = await samband([...command, '--config', file, '--environment', 'prod-wets'])
      assert.deepEqual([code, /did you mean 'prod-west'\?/.test(stderr)], [3, true], command.join(' '))
    }
    const rows = (await samband(['config', 'show', '--config', file, '--json'])).stdout
    assert.match(rows, /\{"key":"environments\.prod-west\.name","value":"West"\}/)
  })
})
