import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { SambandError } from '@samband/errors'
import { hashicorpVault, type HashicorpVaultOptions } from './hashicorp-vault.ts'
import { secret } from './secret-reference.ts'

/** A small server that speaks the documented part of the API: KV version 2, reading. */
let server: Server
let url: string
let folder: string
let requests: IncomingMessage[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}

const metadata = { created_time: '2026-01-15T10:00:00.000Z', deletion_time: '', destroyed: false, version: 2 }

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function kept(data: object): typeof answer {
  return (request, response) => {
    if (request.headers['x-vault-token'] !== 'hvs.right') return json(response, 403, { errors: ['permission denied'] })
    json(response, 200, { request_id: 'r', lease_id: '', renewable: false, data: { data, metadata } })
  }
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-vault-'))
  server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  url = `http://127.0.0.1:${address.port}`
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  requests = []
})

async function read(
  reference: string,
  options: Partial<HashicorpVaultOptions> = {},
  token = 'hvs.right',
): Promise<string> {
  return await hashicorpVault({ url, ...options }).read(reference, { env: { VAULT_TOKEN: token } })
}

async function refusal(reading: Promise<string>): Promise<SambandError> {
  try {
    await reading
  } catch (thrown) {
    assert.ok(thrown instanceof SambandError)
    assert.doesNotMatch(thrown.message, /hvs\./)
    return thrown
  }
  return assert.fail('it was read')
}

test('a key of a secret is read with the token, from the newest version', async () => {
  answer = kept({ passphrase: 'of the key', port: 7 })
  assert.equal(await read('lis/mllp in#passphrase', { mount: 'kv/samband', namespace: 'helse' }), 'of the key')
  const [request] = requests
  assert.equal(request?.url, '/v1/kv/samband/data/lis/mllp%20in')
  assert.equal(request.headers['x-vault-namespace'], 'helse')
  assert.equal(request.headers['x-vault-request'], 'true')
})

test('the token may be kept in a file, which is read anew each time', async () => {
  answer = kept({ key: 'value' })
  const file = join(folder, 'token')
  const vault = hashicorpVault({ url, token: secret.file(file) })
  await writeFile(file, 'hvs.old\n')
  assert.equal((await refusal(vault.read('a#key', { env: {} }))).category, 'forbidden')
  await writeFile(file, 'hvs.right\n')
  assert.equal(await vault.read('a#key', { env: {} }), 'value')
})

test('several keys of one path, asked for at once, are one request', async () => {
  answer = kept({ a: '1', b: '2' })
  const vault = hashicorpVault({ url })
  const env = { VAULT_TOKEN: 'hvs.right' }
  assert.deepEqual(await Promise.all([vault.read('x#a', { env }), vault.read('x#b', { env })]), ['1', '2'])
  assert.equal(requests.length, 1)
  await vault.read('x#a', { env })
  assert.equal(requests.length, 2, 'what was read is not kept')
})

test('a key that is not there, or no text, is told by name', async () => {
  answer = kept({ a: '1', n: 7 })
  assert.match((await refusal(read('x#b'))).message, /secret x has no key b$/)
  assert.match((await refusal(read('x#n'))).message, /no text under the key n/)
})

test('a secret that is missing, deleted, or of another engine is told apart', async () => {
  answer = (_, response) => json(response, 404, { errors: [] })
  assert.match((await refusal(read('x#a'))).message, /has no secret at secret\/x/)
  answer = (_, response) =>
    json(response, 404, { data: { data: null, metadata: { ...metadata, deletion_time: 'then' } } })
  assert.match((await refusal(read('x#a'))).message, /newest version .* is deleted/)
  answer = (_, response) => json(response, 200, { data: { a: '1' } })
  assert.match((await refusal(read('x#a'))).message, /is the mount right/)
})

test('the answer decides whether somebody must act or waiting may help', async () => {
  const categories: Record<number, string> = {
    400: 'incorrect',
    403: 'forbidden',
    307: 'incorrect',
    412: 'unavailable',
    429: 'unavailable',
    473: 'unavailable',
    500: 'unavailable',
    503: 'unavailable',
  }
  for (const [status, category] of Object.entries(categories)) {
    answer = (_, response) => json(response, Number(status), { errors: ['x'] })
    assert.equal((await refusal(read('x#a'))).category, category, status)
  }
})

test('a vault that says nothing, or is not there, is unavailable', async () => {
  answer = () => {}
  assert.match((await refusal(read('x#a', { timeout: '100ms' }))).message, /no answer within 100 ms/)
  const gone = await refusal(read('x#a', { url: 'http://127.0.0.1:9' }))
  assert.deepEqual([gone.category, /ECONNREFUSED/.test(gone.message)], ['unavailable', true])
})

test('an answer that is too large, or no JSON, is no secret', async () => {
  answer = (_, response) => response.end('x'.repeat(2_000_000))
  assert.equal((await refusal(read('x#a'))).category, 'unavailable')
  answer = (_, response) => response.end('<html>')
  assert.match((await refusal(read('x#a'))).message, /is the mount right/)
})

test('over TLS, the vault is believed when its authority is the one that is named', async () => {
  answer = kept({ key: 'value' })
  const [certFile, keyFile] = [join(folder, 'vault.pem'), join(folder, 'vault.key')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certFile, '-keyout', keyFile], {
    stdio: 'ignore',
  })
  const pair = { cert: await readFile(certFile), key: await readFile(keyFile) }
  const vault = createTlsServer(pair, (request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(vault, 'listening')
  try {
    const address = vault.address()
    assert.ok(typeof address === 'object' && address !== null)
    const own = { url: `https://localhost:${address.port}` }
    assert.equal(await read('a#key', { ...own, caFile: certFile }), 'value')
    const stranger = await refusal(read('a#key', own))
    assert.deepEqual([stranger.category, /SELF_SIGNED/.test(stranger.message)], ['incorrect', true])
    assert.match((await refusal(read('a#key', { ...own, caFile: '/no/ca.pem' }))).message, /caFile \/no\/ca\.pem/)
  } finally {
    vault.closeAllConnections()
    vault.close()
  }
})

test('the token never travels in the clear, and wrong options are told when they are written', () => {
  assert.throws(() => hashicorpVault({ url: 'http://vault.example:8200' }), /must be https/)
  assert.throws(() => hashicorpVault({ url: 'vault.example' }), /must be an https address/)
  assert.throws(() => hashicorpVault({ url, token: secret.vault('a#b') }), /secret\.env/)
})

test('a reference that is no path and key is told so', async () => {
  for (const wrong of ['x', 'x#', '#a', '../x#a', 'a//b#c']) {
    assert.equal((await refusal(read(wrong))).code, 'secret-reference', wrong)
  }
  assert.equal(requests.length, 0)
})
