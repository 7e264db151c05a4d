import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { addSecurityHeaders } from '@samband/operations'
import { addConsole } from './console-files.ts'

let folder: string
let server: FastifyInstance
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-console-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Samband</title>')
  await writeFile(join(folder, 'assets', 'main-abc123.js'), 'export {}')
  await writeFile(join(folder, '..', 'samband-outside.txt'), 'secret')
  server = fastify()
  addSecurityHeaders(server, { tls: false })
  const none = (): void => {}
  await addConsole(server, folder, { log: { info: none, warn: none, error: none } })
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
  await rm(join(tmpdir(), 'samband-outside.txt'))
})

const page = { accept: 'text/html,application/xhtml+xml' }

test('an address of the console is its page, also when opened directly', async () => {
  for (const url of ['/', '/messages', '/messages/890762056827008?tab=tree']) {
    const response = await server.inject({ url, headers: page })
    assert.equal(response.statusCode, 200, url)
    assert.match(response.body, /<title>Samband/)
    assert.equal(response.headers['cache-control'], 'no-cache')
    assert.match(String(response.headers['content-security-policy']), /script-src 'self'/)
  }
})

test('files with a hash in their name may be kept for ever', async () => {
  const response = await server.inject({ url: '/assets/main-abc123.js' })
  assert.equal(response.statusCode, 200)
  assert.match(String(response.headers['cache-control']), /immutable/)
})

test('a missing file, an unknown path of the API and another method are errors, not the page', async () => {
  for (const request of [
    { url: '/assets/gone.js', headers: page },
    { url: '/api/v2/status', headers: page },
    { url: '/messages', headers: { accept: 'application/json' } },
    { url: '/messages', headers: page, method: 'POST' as const },
  ]) {
    const response = await server.inject(request)
    assert.equal(response.statusCode, 404, request.url)
    assert.equal(response.json<{ error: { code: string } }>().error.code, 'path-unknown')
  }
})

test('nothing outside of the folder is served', async () => {
  for (const url of [
    '/../samband-outside.txt',
    '/%2e%2e/samband-outside.txt',
    '/assets/..%2f..%2fsamband-outside.txt',
  ]) {
    const response = await server.inject({ url })
    assert.doesNotMatch(response.body, /secret/)
    assert.ok(response.statusCode >= 400, url)
  }
})
