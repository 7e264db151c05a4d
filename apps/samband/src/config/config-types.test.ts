import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineConfig } from './config-types.ts'
import { parseConfig } from './load-config.ts'
import { hashicorpVault } from './secrets/hashicorp-vault.ts'
import { secret } from './secrets/secret-reference.ts'

/** The example of docs/operations/environments-and-secrets.md. */
const fjordvik = defineConfig({
  name: 'Fjordvik',
  database: { url: secret.env('DATABASE_URL') },
  secrets: {
    vault: hashicorpVault({ url: 'https://vault.example:8200', token: secret.file('/run/secrets/vault-token') }),
  },
  endpoints: {
    'lis-in': {
      connector: 'mllp',
      system: 'LIS',
      host: '10.1.2.3',
      port: 2762,
      tls: {
        certFile: '/etc/samband/lis-in.pem',
        keyFile: '/etc/samband/lis-in.key',
        passphrase: secret.vault('samband/lis-in#passphrase'),
      },
    },
    registry: {
      connector: 'http',
      url: 'https://registry.example/messages',
      auth: { kind: 'bearer', token: secret.file('/run/secrets/registry-token') },
    },
  },
  environments: {
    dev: {
      database: { url: 'postgres://localhost/samband' },
      endpoints: { 'lis-in': { host: '127.0.0.1', port: 2575, tls: null }, registry: { url: 'http://127.0.0.1:8080' } },
    },
    test: { endpoints: { registry: { url: 'https://registry-test.example/messages' } } },
    prod: { retention: { days: 365 } },
  },
})

test("the handbook's example holds in every environment", () => {
  for (const environment of ['dev', 'test', 'prod']) {
    const config = parseConfig(fjordvik, { file: '/x/samband.config.ts', env: { SAMBAND_ENVIRONMENT: environment } })
    assert.deepEqual(config.warnings, [])
  }
})

test('what is wrong in an environment does not compile either', () => {
  // @ts-expect-error a port is a number
  defineConfig({ environments: { test: { http: { port: '7600' } } } })
  // @ts-expect-error there is no such key
  defineConfig({ environments: { test: { http: { prot: 7600 } } } })
  // @ts-expect-error no secret is read there
  defineConfig({ http: { host: secret.env('HOST') } })
  // @ts-expect-error there is no such setting of this connector
  defineConfig({ endpoints: { in: { connector: 'mllp', prot: 2575 } } })
  // @ts-expect-error nor such a connector
  defineConfig({ endpoints: { in: { connector: 'mlpp', port: 2575 } } })
  // @ts-expect-error a length of time has its unit
  defineConfig({ endpoints: { out: { connector: 'mllp', host: 'lis', port: 1, ackTimeout: '5 seconds' } } })
  // @ts-expect-error a port is a number in an environment, too
  defineConfig({ environments: { test: { endpoints: { out: { port: '1' } } } } })
  // @ts-expect-error a provider describes itself
  defineConfig({ secrets: { vault: { read: () => Promise.resolve('x') } } })
  const removed = defineConfig({ environments: { test: { http: { tls: null } } } })
  assert.equal(typeof removed, 'object')
})
