import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectors } from '@samband/connectors'
import { SambandError } from '@samband/errors'
import { CliError } from '../../cli/exit-codes.ts'
import { type Deployment, loadConfig, parseConfig } from '../load-config.ts'
import { secretReader } from './resolve-secrets.ts'
import { isSecretReference, referenceIn, secret } from './secret-reference.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-secrets-'))
})
after(() => rm(folder, { recursive: true }))

/** A configuration as a file whose text is a module; a shared reference is made from the source beside it. */
async function loaded(text: string, env: Record<string, string> = {}, secretsOf?: 'database'): Promise<Deployment> {
  const file = join(folder, `${crypto.randomUUID()}.config.ts`)
  const source = JSON.stringify(join(import.meta.dirname, 'secret-reference.ts'))
  await writeFile(file, `import { secret } from ${source}\n${text}\n`)
  return await loadConfig({ file, env, secretsOf })
}

test('secrets are read before anything gets its settings: from the environment, a file, a provider', async () => {
  const passphrase = join(folder, 'passphrase')
  await writeFile(passphrase, '  of the key\n')
  const config = await loaded(
    `export default {
      database: { url: secret.env('DATABASE') },
      secrets: { vault: { description: 'a vault', read: async reference => 'kept at ' + reference } },
      endpoints: {
        api: {
          connector: 'http',
          url: 'https://x.example',
          headers: { 'x-api-key': secret.env('API_KEY') },
          auth: { kind: 'basic', username: 'samband', password: secret.vault('ris#password') },
          tls: { certFile: 'c.pem', keyFile: 'k.pem', passphrase: secret.file(${JSON.stringify(passphrase)}) },
        },
      },
    }`,
    { DATABASE: ' postgres://db/x ', API_KEY: 'k1' },
  )
  assert.equal(config.database.url, 'postgres://db/x')
  const api = config.endpoints['api'] ?? { connector: '' }
  const { headers, auth, tls } = api
  assert.deepEqual(headers, { 'x-api-key': 'k1' })
  assert.deepEqual(auth, { kind: 'basic', username: 'samband', password: { value: 'kept at ris#password' } })
  // A file stays one: the connector reads it anew whenever it opens.
  assert.deepEqual(tls, { certFile: 'c.pem', keyFile: 'k.pem', passphrase: { file: passphrase } })
  const { connector: _connector, system: _system, ...own } = api
  const http = connectors.find(({ name }) => name === 'http')
  assert.equal(http?.destination?.parseConfig(own).ok, true, 'the connector takes what comes out')
})

test('the plain forms need no import', async () => {
  const config = await loaded(
    `export default {
      database: { url: { env: 'DATABASE' } },
      endpoints: { api: { connector: 'http', url: 'https://x.example', auth: { kind: 'bearer', token: { env: 'TOKEN' } } } },
    }`,
    { DATABASE: 'postgres://db/x', TOKEN: 't' },
  )
  assert.equal(config.database.url, 'postgres://db/x')
  assert.deepEqual(config.endpoints['api']?.['auth'], { kind: 'bearer', token: { value: 't' } })
})

test('every secret that is missing is told in one go, by setting and place, without the others', async () => {
  await assert.rejects(
    loaded(
      `export default {
        database: { url: secret.env('NOWHERE') },
        secrets: { vault: { description: 'a vault', read: () => { throw new Error('broken') } } },
        endpoints: {
          a: { connector: 'http', url: 'https://x', auth: { kind: 'bearer', token: secret.file('/no/such/file') } },
          b: { connector: 'http', url: 'https://x', auth: { kind: 'bearer', token: secret.from('valut', 'a#b') } },
          c: { connector: 'http', url: 'https://x', auth: { kind: 'bearer', token: secret.env('THERE') } },
        },
      }`,
      { THERE: 'very secret' },
    ),
    (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.equal(error.exitCode, 3)
      const text = error.details.join('\n')
      assert.match(text, /^database\.url: the environment variable NOWHERE is missing or empty$/m)
      assert.match(text, /^endpoints\.a\.auth\.token: cannot read the file \/no\/such\/file \(ENOENT\)$/m)
      assert.match(text, /^endpoints\.b\.auth\.token: .*'valut', did you mean 'vault'\?/m)
      assert.doesNotMatch(text, /very secret/)
      return true
    },
  )
})

test('only what is unreachable keeps the exit code of that, so that a restart may help', async () => {
  const errors = JSON.stringify(import.meta.resolve('@samband/errors'))
  const config = (more: string): string => `
    const { SambandError } = await import(${errors})
    const read = async () => { throw new SambandError({ code: 'x', category: 'unavailable', message: 'the vault is away' }) }
    export default { database: { url: secret.vault('a#b') }, secrets: { vault: { description: 'a vault', read } }, ${more} }`
  const exitCode = async (text: string): Promise<number | undefined> =>
    await loaded(text).then(
      () => undefined,
      (error: unknown) => (error instanceof CliError ? error.exitCode : undefined),
    )
  assert.equal(await exitCode(config('')), 4)
  assert.equal(await exitCode(config("endpoints: { x: { connector: 'x', y: secret.env('NOWHERE') } }")), 3)
})

test('where only the database is used, only its secret has to be at hand', async () => {
  const text = `export default {
    database: { url: secret.env('DATABASE') },
    endpoints: { x: { connector: 'x', token: secret.env('NOWHERE') } },
  }`
  assert.equal((await loaded(text, { DATABASE: 'postgres://db/x' }, 'database')).database.url, 'postgres://db/x')
})

test('a secret where none is read is a problem', () => {
  assert.throws(
    () => parseConfig({ http: { host: secret.env('HOST') } }, { file: '/x/samband.config.ts', env: {} }),
    /http\.host: no secret is read here/,
  )
})

test('a provider may not take the names that are there already', () => {
  const secrets = { env: { description: 'x', read: () => Promise.resolve('x') } }
  assert.throws(() => parseConfig({ secrets }, { file: '/x/samband.config.ts', env: {} }), /secrets\.env/)
})

test('what is read for capabilities comes from the same providers', async () => {
  const providers = { vault: { description: 'a vault', read: () => Promise.resolve('v\n') } }
  const read = secretReader({ providers, env: { NAME: 'e' } })
  assert.deepEqual([await read(secret.vault('a#b')), await read(secret.env('NAME'))], ['v', 'e'])
  await assert.rejects(read(secret.env('OTHER')), (error: unknown) => error instanceof SambandError)
})

test('a reference is known by its mark or its plain form, and nothing else is one', () => {
  assert.ok(isSecretReference(secret.env('A')))
  assert.equal(referenceIn({ file: '/a' })?.provider, 'file')
  for (const other of [undefined, null, 'A', { env: 'A', file: 'B' }, { env: 7 }, { name: 'A' }]) {
    assert.equal(referenceIn(other), undefined)
  }
})
