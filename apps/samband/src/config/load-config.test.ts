import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CliError } from '../cli/exit-codes.ts'
import { configKeys } from './environment.ts'
import { type Deployment, parseConfig } from './load-config.ts'
import { configSchema } from './schema.ts'

const file = '/deployment/samband.config.ts'

function parsed(exported: unknown, env: Record<string, string> = {}): Deployment {
  return parseConfig(exported, { file, env })
}

function problems(exported: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    parsed(exported, env)
  } catch (thrown) {
    assert.ok(thrown instanceof CliError)
    assert.equal(thrown.exitCode, 3)
    return thrown.details.length > 0 ? thrown.details : [thrown.message.replace(`${file}: `, '')]
  }
  return assert.fail('no problem was found')
}

test('an empty configuration holds, with every default', () => {
  const config = parsed({})
  assert.equal(config.http.host, '127.0.0.1')
  assert.equal(config.http.port, 7600)
  assert.equal(config.data, '/deployment/.samband')
  assert.equal(config.masterKeyFile, '/deployment/.samband/master.key')
  assert.deepEqual(config.routes, ['/deployment/routes'])
  assert.equal(config.database.url, undefined)
  assert.deepEqual(config.limits, { engine: {}, hub: {}, operations: {} })
  assert.deepEqual(config.hub, {
    enabled: true,
    issuers: [],
    references: 'accept',
    packages: [],
    validation: {
      unknownProfiles: 'warning',
      unknownExtensions: 'ignore',
      unknownModifierExtensions: 'warning',
      bestPractice: 'ignore',
    },
  })
})

test('an unknown key is named, with the nearest known one', () => {
  assert.deepEqual(problems({ enpoints: {} }), ["unknown key 'enpoints', did you mean 'endpoints'?"])
  assert.deepEqual(problems({ http: { prot: 1 } }), ["unknown key 'prot' in http, did you mean 'port'?"])
  assert.deepEqual(problems({ limits: { engine: { drainms: 1 } } }), [
    "unknown key 'drainms' in limits.engine, did you mean 'drainMs'?",
  ])
  assert.deepEqual(problems({ zzz: 1 }), ["unknown key 'zzz'"])
})

test('the FHIR server is turned off by a variable, and issuers of tokens are checked', () => {
  assert.equal(parsed({}, { SAMBAND_HUB: 'false' }).hub.enabled, false)
  const issuers = [{ issuer: 'https://id.example.org', audience: [], jwksUri: 'keys' }]
  const found = problems({ hub: { issuers, baseUrl: 'fhir', references: 'maybe' } })
  assert.equal(found.length, 4, found.join('\n'))
})

test('all problems come in one go', () => {
  const found = problems({
    tenant: 0,
    htpt: {},
    http: { port: 99_999 },
    endpoints: { 'LIS in': { connector: 'mllp' } },
  })
  assert.equal(found.length, 4, found.join('\n'))
})

test('what is no configuration is told so', () => {
  for (const exported of [undefined, null, 7, [], 'x']) assert.match(problems(exported)[0] ?? '', /default export/)
})

test('the environment wins over the file', () => {
  const config = parsed(
    { http: { port: 1 }, database: { connectionsMax: 3 } },
    { SAMBAND_HTTP_PORT: '2', SAMBAND_DATABASE_URL: 'postgres://db/x', SAMBAND_HTTP_BEHIND_TLS_PROXY: 'true' },
  )
  assert.equal(config.http.port, 2)
  assert.equal(config.http.behindTlsProxy, true)
  assert.deepEqual(config.database, { url: 'postgres://db/x', connectionsMax: 3, port: 0, settings: {} })
})

test('an empty variable counts as not set', () => {
  assert.equal(parsed({}, { SAMBAND_HTTP_PORT: '' }).http.port, 7600)
})

test('a variable of the wrong kind is a problem that names the variable', () => {
  assert.deepEqual(problems({}, { SAMBAND_HTTP_PORT: 'many' }), ['SAMBAND_HTTP_PORT: must be a number'])
})

test('a variable that nobody reads is noted, with the nearest known one', () => {
  assert.deepEqual(parsed({}, { SAMBAND_HTP_PORT: '1', SAMBAND_TEST_DATABASE_URL: 'x', HOME: '/' }).warnings, [
    'SAMBAND_HTP_PORT is not a setting, did you mean SAMBAND_HTTP_PORT?',
  ])
})

test('paths in the file are relative to the file, one in the environment to where one stands', () => {
  const config = parsed({ data: 'data', routes: ['a', '/b'], companions: ['c.ts'] })
  assert.equal(config.data, '/deployment/data')
  assert.deepEqual(config.routes, ['/deployment/a', '/b'])
  assert.deepEqual(config.companions, [{ file: '/deployment/c.ts', args: [] }])
  assert.equal(parsed({}, { SAMBAND_DATA: 'here' }).data, `${process.cwd()}/here`)
})

test('every key that a person can set says what it means', () => {
  const silent = configKeys(configSchema)
    .filter(({ description }) => description === '')
    .map(({ path }) => path)
  assert.deepEqual(silent, [])
})

test('no two keys share a variable', () => {
  const names = configKeys(configSchema).flatMap(({ env }) => env ?? [])
  assert.equal(new Set(names).size, names.length)
})
