import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectors, hl7v2, http, mllp } from '@samband/connectors'
import { route } from '@samband/route'
import { parseConfig } from './load-config.ts'
import { secret } from './secrets/secret-reference.ts'
import { resolvedSettings, writtenSettings } from './show-config.ts'

const written = {
  name: 'Fjordvik',
  database: { url: secret.env('DATABASE') },
  secrets: { vault: { description: 'a vault', read: () => Promise.resolve('x') } },
  capabilities: { registry: { password: 'hidden' } },
  endpoints: {
    in: { connector: 'mllp', port: 1 },
    api: {
      connector: 'http',
      url: 'https://x.example',
      headers: { 'x-api-key': secret.vault('api#key'), 'x-token': 'hidden' },
      auth: { kind: 'bearer', token: 'hidden' },
    },
    other: { connector: 'someone-elses', dsn: 'amqp://samband:hidden@queue/', login: { passwordOfAdmin: 'hidden' } },
  },
  environments: { prod: { endpoints: { api: { auth: { token: secret.file('/run/secrets/api') } } } } },
}

const definition = route('adt', { version: '1.0.0', owner: 'team', purpose: 'treatment' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .to('api', http({ endpoint: 'api' }))
  .onError({ deadLetter: 'adt' })

function resolved(env: Record<string, string>): Map<string, readonly [from: string, value: unknown]> {
  const deployment = parseConfig(written, { file: '/x/samband.config.ts', env })
  const rows = resolvedSettings({ deployment, routes: [{ definition, revision: 'r' }], connectors })
  return new Map(rows.map(({ key, from, value }) => [key, [from, value]]))
}

test('what is written is shown with the places of secrets, in every environment, and never a secret', () => {
  const rows = writtenSettings(written)
  const shown = new Map(rows.map(({ key, value }) => [key, value]))
  assert.equal(shown.get('database.url'), '<secret from env DATABASE>')
  assert.equal(shown.get('endpoints.api.headers.x-api-key'), '<secret from vault api#key>')
  assert.equal(shown.get('endpoints.api.auth.token'), '<secret>')
  assert.equal(shown.get('environments.prod.endpoints.api.auth.token'), '<secret from file /run/secrets/api>')
  assert.equal(shown.get('endpoints.other.dsn'), 'amqp://samband:<secret>@queue/')
  assert.equal(shown.get('secrets.vault'), '<a vault>')
  assert.deepEqual(shown.get('capabilities.registry') ?? shown.get('capabilities'), ['registry'])
  assert.equal(shown.has('http.port'), false, 'defaults are not written')
  assert.doesNotMatch(JSON.stringify(rows), /hidden/)
})

test('what holds tells where it comes from, and has the defaults of connectors', () => {
  const rows = resolved({
    SAMBAND_ENVIRONMENT: 'prod',
    SAMBAND_HTTP_PORT: '7',
    SAMBAND_DATABASE_URL: 'postgres://a:hidden@db/x',
  })
  assert.deepEqual(rows.get('name'), ['file', 'Fjordvik'])
  assert.deepEqual(rows.get('http.port'), ['SAMBAND_HTTP_PORT', 7])
  assert.deepEqual(rows.get('http.host'), ['default', '127.0.0.1'])
  assert.deepEqual(rows.get('database.url'), ['SAMBAND_DATABASE_URL', '<secret>'])
  assert.deepEqual(rows.get('endpoints.api.auth.token'), ['environment prod', '<secret from file /run/secrets/api>'])
  assert.deepEqual(rows.get('endpoints.api.method'), ['default', 'POST'])
  assert.deepEqual(rows.get('endpoints.in.port'), ['file', 1])
  assert.deepEqual(rows.get('environment'), ['', 'prod'])
  assert.doesNotMatch(JSON.stringify([...rows]), /hidden|not read yet/)
})

test('without an environment the file holds, and its secrets are still not shown', () => {
  const rows = resolved({})
  assert.deepEqual(rows.get('endpoints.api.auth.token'), ['file', '<secret>'])
  assert.deepEqual(rows.get('database.url'), ['file', '<secret from env DATABASE>'])
  assert.doesNotMatch(JSON.stringify([...rows]), /hidden|not read yet/)
})
