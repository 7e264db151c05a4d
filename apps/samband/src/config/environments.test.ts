import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CliError } from '../cli/exit-codes.ts'
import { chooseEnvironment, configOrigins } from './environments.ts'
import { type Deployment, parseConfig } from './load-config.ts'
import { secret } from './secrets/secret-reference.ts'
import { isPlainObject, leavesOf, type Settings, valueAt } from './setting-path.ts'

const file = '/deployment/samband.config.ts'

const written = {
  name: 'Fjordvik',
  http: { port: 7600 },
  routes: ['a', 'b'],
  endpoints: {
    'lis-in': { connector: 'mllp', port: 2575, tls: { certFile: 'c.pem', keyFile: 'k.pem' } },
    'ehr-out': { connector: 'mllp', host: 'ehr.example', port: 6661 },
  },
  environments: {
    dev: { endpoints: { 'ehr-out': { host: '127.0.0.1' }, 'lis-in': { tls: null } } },
    'prod-west': { http: { port: 7700 }, routes: ['c'], retention: { days: 30 } },
  },
}

function parsed(
  environment: string | undefined,
  exported: unknown = written,
  more: Record<string, string> = {},
): Deployment {
  return parseConfig(exported, {
    file,
    env: { ...(environment === undefined ? {} : { SAMBAND_ENVIRONMENT: environment }), ...more },
  })
}

function problems(environment: string, exported: unknown = written): string {
  try {
    parsed(environment, exported)
  } catch (thrown) {
    assert.ok(thrown instanceof CliError)
    return [thrown.message, ...thrown.details].join('\n')
  }
  return assert.fail('no problem was found')
}

test('without an environment the configuration holds as it stands', () => {
  const config = parsed(undefined)
  assert.equal(config.environment, undefined)
  assert.equal(config.endpoints['ehr-out']?.['host'], 'ehr.example')
})

test('an environment changes what it names, deep, and leaves the rest', () => {
  const { endpoints } = parsed('dev')
  assert.deepEqual(endpoints['ehr-out'], { connector: 'mllp', host: '127.0.0.1', port: 6661 })
  assert.deepEqual(endpoints['lis-in'], { connector: 'mllp', port: 2575 }, 'null removes')
})

test('a list is replaced as a whole, and an object that was not there is added', () => {
  const config = parsed('prod-west')
  assert.deepEqual(config.routes, ['/deployment/c'])
  assert.equal(config.retention.days, 30)
})

test('a variable wins over the environment, which wins over the file; each setting tells which', () => {
  const config = parsed('prod-west', written, { SAMBAND_HTTP_HOST: '0.0.0.0' })
  assert.equal(config.http.port, 7700)
  const of = (...path: readonly string[]): string => config.origins(path)
  assert.deepEqual(
    [of('http', 'port'), of('http', 'host'), of('name'), of('log', 'level'), of('endpoints', 'lis-in', 'port')],
    ['environment prod-west', 'SAMBAND_HTTP_HOST', 'file', 'default', 'file'],
  )
  assert.equal(parsed(undefined, written, { SAMBAND_HTTP_PORT: '1' }).origins(['http', 'port']), 'SAMBAND_HTTP_PORT')
})

test('an unknown environment is refused with those that there are, and the nearest', () => {
  assert.match(
    problems('prod-wset'),
    /there is no environment 'prod-wset', did you mean 'prod-west'\? \(there are dev, prod-west, test, prod\)/,
  )
})

test('dev, test and prod may be named without being written', () => {
  assert.equal(parsed('prod').environment, 'prod')
  assert.equal(parsed('test', {}).environment, 'test')
})

test('an endpoint that an environment changes must be there, or bring its connector', () => {
  const environments = { test: { endpoints: { 'ehr-otu': { host: 'x' }, extra: { connector: 'mllp', port: 1 } } } }
  assert.match(
    problems('test', { ...written, environments }),
    /environments\.test\.endpoints\.ehr-otu: there is no such endpoint to change, did you mean 'ehr-out'\?/,
  )
})

test('an environment is checked as the file is', () => {
  assert.match(problems('test', { environments: { test: { http: { prot: 1 } } } }), /unknown key 'prot' in http/)
  assert.match(problems('test', { environments: { test: 7 } }), /environments\.test: must be an object/)
  assert.match(problems('test', { environments: { test: { environments: {} } } }), /holds no environments/)
})

test('a capability is replaced as a whole, not mixed', () => {
  const real = { lookup: (): string => 'real', close: (): void => {} }
  const fake = { lookup: (): string => 'fake' }
  const config = parsed('test', { capabilities: { real }, environments: { test: { capabilities: { real: fake } } } })
  assert.deepEqual(config.capabilities, { real: fake })
})

test('a secret written as text is a warning everywhere but in dev', () => {
  const exported = {
    database: { url: 'postgres://samband:hidden@db/x' },
    endpoints: { api: { connector: 'http', url: 'https://x.example', auth: { kind: 'bearer', token: 'hidden' } } },
  }
  assert.deepEqual(parsed('dev', exported).warnings, [])
  for (const environment of ['prod', 'test', undefined]) {
    const { warnings } = parsed(environment, exported)
    assert.deepEqual(
      warnings.map(text => text.split(':')[0]),
      ['database.url', 'endpoints.api.auth.token'],
    )
    assert.doesNotMatch(warnings.join(), /hidden/)
  }
  const fromVariable = parsed('prod', {}, { SAMBAND_DATABASE_URL: 'postgres://db/x' })
  assert.deepEqual(fromVariable.warnings, [])
})

test('an environment may replace a secret by another', () => {
  const exported = {
    database: { url: secret.vault('samband#url') },
    environments: { dev: { database: { url: 'postgres://localhost/x' } } },
  }
  assert.equal(parsed('dev', exported).database.url, 'postgres://localhost/x')
  assert.deepEqual(
    parsed('prod', exported).secretUses.map(({ path, reference }) => [path.join('.'), reference?.provider]),
    [['database.url', 'vault']],
  )
})

const key = fc.constantFrom('a', 'b', 'c')
const settings: fc.Arbitrary<Settings> = fc.letrec<{ object: Settings; value: unknown }>(tie => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.array(fc.integer(), { maxLength: 2 }), tie('object')),
})).object

test('whatever is changed: what an environment says holds, the rest stays, and each leaf tells which', () => {
  fc.assert(
    fc.property(settings, settings, (base, changes) => {
      const chosen = chooseEnvironment({ ...base, environments: { test: changes } }, 'test')
      const facts = { written: base, changes, environment: 'test', variables: new Map<string, string>() }
      const originOf = configOrigins(facts)
      for (const { path, value } of leavesOf(changes)) {
        // An empty object changes nothing where an object is.
        if (!isPlainObject(value)) assert.deepEqual(valueAt(chosen.settings, path), value)
      }
      for (const { path, value } of leavesOf(chosen.settings)) {
        if (isPlainObject(value)) continue
        const origin = originOf(path)
        assert.deepEqual(value, valueAt(origin === 'file' ? base : changes, path), `${path.join('.')} from ${origin}`)
      }
    }),
  )
})
