import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectors } from '@samband/connectors'
import { checkConfig } from './check-config.ts'
import { formatFinding } from './finding.ts'

/** Two routes: one listens and archives, the other takes files and sends. */
const packages = join(import.meta.dirname, '..', '..', '..', '..', '..', 'platform')
const routeText = (name: string, from: string, to: string): string => `
import { file, hl7v2, mllp } from ${JSON.stringify(join(packages, 'connectors', 'src', 'index.ts'))}
import { route } from ${JSON.stringify(join(packages, 'route', 'src', 'index.ts'))}
export default route('${name}', { version: '1.0.0', owner: 'team', purpose: 'treatment' })
  .from(${from}).parse(hl7v2()).to('out', ${to}).onError({ deadLetter: '${name}' })
`

let folder: string
let inDate: { readonly certFile: string; readonly keyFile: string }
let encrypted: { readonly certFile: string; readonly keyFile: string }
const day = 86_400_000

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-check-'))
  await mkdir(join(folder, 'routes'))
  await mkdir(join(folder, 'archive'))
  await writeFile(
    join(folder, 'routes', 'store.ts'),
    routeText('store', `mllp({ endpoint: 'in' })`, `file({ endpoint: 'archive' })`),
  )
  await writeFile(
    join(folder, 'routes', 'send.ts'),
    routeText('send', `mllp({ endpoint: 'second' })`, `mllp({ endpoint: 'out' })`),
  )
  inDate = certificate('in-date', [])
  encrypted = certificate('encrypted', ['-passout', 'pass:of the key'])
})
after(() => rm(folder, { recursive: true }))

/** Valid for 90 days from today. */
function certificate(name: string, passphrase: readonly string[]): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const key = passphrase.length === 0 ? ['-nodes'] : passphrase
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '90']
  execFileSync('openssl', [...args, '-subj', `/CN=${name}`, '-out', certFile, '-keyout', keyFile, ...key], {
    stdio: 'ignore',
  })
  return { certFile, keyFile }
}

const good = {
  http: { port: 0 },
  endpoints: {
    in: { connector: 'mllp', port: 2575 },
    second: { connector: 'mllp', port: 2576 },
    archive: { connector: 'file', folder: 'set in findings()' },
    out: { connector: 'mllp', host: 'lis.example', port: 2577 },
  },
}

type Asked = { readonly env?: Record<string, string>; readonly now?: Date; readonly askVaults?: boolean }

/** What a check finds, as lines. `changes` go over the endpoints of a configuration that is good. */
async function findings(changes: object, rest: object | string = {}, asked: Asked = {}): Promise<readonly string[]> {
  const endpoints = { ...good.endpoints, archive: { connector: 'file', folder: join(folder, 'archive') }, ...changes }
  const file = join(folder, `${crypto.randomUUID()}.config.ts`)
  const more = typeof rest === 'string' ? rest : `...${JSON.stringify(rest)}`
  await writeFile(file, `export default { ...${JSON.stringify({ ...good, endpoints })}, ${more} }\n`)
  const { env = {}, now = new Date(), askVaults = false } = asked
  const { findings: found } = await checkConfig({ file, env, connectors, now, askVaults })
  return found.map(finding => `${finding.kind}: ${formatFinding(finding)}`)
}

test('a configuration that is good has no finding', async () => {
  assert.deepEqual(await findings({}), [])
})

test('problems of every kind come in one go', async () => {
  const found = await findings(
    {
      in: { connector: 'mllp', prot: 2575 },
      out: { connector: 'mllp', host: 'x', port: 1, tls: { certFile: '/no/cert.pem', keyFile: '/no/key.pem' } },
      archive: { connector: 'file', folder: '/no/such/folder' },
      api: { connector: 'http', url: 'https://x', auth: { kind: 'bearer', token: { env: 'NOWHERE' } } },
      spare: {},
    },
    { tenant: 0, nmae: 'x' },
  )
  for (const expected of [
    /^problem: tenant: /,
    /^problem: unknown key 'nmae', did you mean 'name'\?$/,
    /^problem: endpoints\.spare\.connector: /,
    /^problem: endpoints\.in\.prot: unknown setting, did you mean "port"\?$/,
    /^problem: endpoints\.out\.tls\.certFile: cannot read \/no\/cert\.pem \(ENOENT\)$/,
    /^problem: endpoints\.archive\.folder: there is no folder \/no\/such\/folder/,
    /^problem: endpoints\.api\.auth\.token: the environment variable NOWHERE is missing or empty$/,
    /^note: endpoints\.api: no route uses it$/,
  ]) {
    assert.ok(
      found.some(text => expected.test(text)),
      `${expected} in\n${found.join('\n')}`,
    )
  }
})

test('an endpoint that is broken is told once, not again by the routes that use it', async () => {
  const found = await findings({ in: { port: 2575 } })
  assert.equal(found.length, 1, found.join('\n'))
  assert.match(found[0] ?? '', /endpoints\.in\.connector/)
})

test('an implementation guide that is not there, or is none, is a problem', async () => {
  const packages = ['guides/none.tgz']
  assert.deepEqual(await findings({}, { hub: { packages } }), [
    `problem: hub.packages: there is no implementation guide ${join(folder, 'guides', 'none.tgz')}: put the package (.tgz) there, or take it out of hub.packages`,
  ])
  assert.deepEqual(await findings({}, { hub: { packages, enabled: false } }), [])
  await writeFile(join(folder, 'page.tgz'), '<html></html>')
  const [found = ''] = await findings({}, { hub: { packages: ['page.tgz'] } })
  assert.match(found, /^problem: hub\.packages: .*page\.tgz: The archive cannot be read/)
})

test('two listeners on one port collide, also with one on every network card', async () => {
  assert.deepEqual(await findings({ second: { connector: 'mllp', port: 2575 } }), [
    'problem: endpoints.second.port: 127.0.0.1:2575 is also that of endpoints.in.port: only one of them can listen there',
  ])
  const everywhere = await findings({ second: { connector: 'mllp', host: '0.0.0.0', port: 7600 } }, { http: {} })
  assert.match(everywhere.join(), /http\.port: 127\.0\.0\.1:7600 is also that of endpoints\.second\.port/)
  assert.deepEqual(await findings({ second: { connector: 'mllp', host: '10.0.0.1', port: 2575 } }), [])
  // A receiver elsewhere is no listener of ours.
  assert.deepEqual(await findings({ out: { connector: 'mllp', host: '127.0.0.1', port: 2575 } }), [])
})

test('a certificate that expires soon is a note, one that is expired or too early a problem', async () => {
  const tls = { second: { connector: 'mllp', port: 2576, tls: inDate } }
  const now = Date.now()
  assert.deepEqual(await findings(tls), [])
  const soon = await findings(tls, {}, { now: new Date(now + 80 * day) })
  assert.match(soon[0] ?? '', /^note: endpoints\.second\.tls\.certFile: .*CN=in-date expires on \d{4}-.*, in 9 days/)
  const late = await findings(tls, {}, { now: new Date(now + 91 * day) })
  assert.match(late[0] ?? '', /^problem: .*CN=in-date expired on \d{4}/)
  const early = await findings(tls, {}, { now: new Date(now - 10 * day) })
  assert.match(early[0] ?? '', /^problem: .*CN=in-date is not valid before \d{4}/)
})

test('a key of another certificate, and one whose passphrase is wrong, are told', async () => {
  const listener = (tls: object): object => ({ second: { connector: 'mllp', port: 2576, tls } })
  const crossed = await findings(listener({ certFile: inDate.certFile, keyFile: encrypted.keyFile }))
  assert.match(crossed[0] ?? '', /do not make a usable pair, or the passphrase is wrong or missing/)
  const env = { PASSPHRASE: 'of the key', WRONG: 'of no key' }
  assert.deepEqual(await findings(listener({ ...encrypted, passphrase: { env: 'PASSPHRASE' } }), {}, { env }), [])
  const wrong = await findings(listener({ ...encrypted, passphrase: { env: 'WRONG' } }), {}, { env })
  assert.match(wrong[0] ?? '', /passphrase is wrong/)
  assert.doesNotMatch(wrong.join(), /of no key/)
})

test("a secret's file that others may read is a note", async () => {
  const file = join(folder, 'token')
  await writeFile(file, 'a token')
  const api = { api: { connector: 'http', url: 'https://x', auth: { kind: 'bearer', token: { file } } } }
  await chmod(file, 0o644)
  const found = await findings(api)
  assert.ok(
    found.includes(`note: endpoints.api.auth.token: others may read ${file} (mode 0644): chmod 600`),
    found.join(),
  )
  await chmod(file, 0o600)
  assert.doesNotMatch((await findings(api)).join(), /others may/)
})

test('vaults are asked only when one says so', async () => {
  const rest = `secrets: { vault: { description: 'v', read: () => Promise.reject(new Error('asked')) } }, database: { url: { vault: 'a#b' } }`
  assert.deepEqual(await findings({}, rest), [
    'note: secrets.vault: its secrets were not looked for: --ask-vaults does',
  ])
  assert.match((await findings({}, rest, { askVaults: true })).join(), /^problem: database\.url: /)
})

test('an environment that was not chosen is checked, too, and what is wrong everywhere is told once', async () => {
  const found = await findings({}, { tenant: 0, environments: { prod: { http: { prot: 1 } }, test: {} } })
  assert.deepEqual(
    found.map(text => text.replace(/tenant: .*/, 'tenant')),
    ['problem: tenant', "problem: environment prod: unknown key 'prot' in http, did you mean 'port'?"],
  )
})

test('a route that cannot be loaded is a problem beside the others, and what follows from it is not told', async () => {
  const broken = join(folder, 'broken')
  await mkdir(broken)
  await writeFile(join(broken, 'bad.ts'), 'throw new Error("half a route")')
  const found = await findings({}, { routes: ['./broken'], tenant: 0 })
  assert.equal(found.length, 2, found.join('\n'))
  assert.match(found.join('\n'), /routes: a route in .*broken cannot be loaded: /)
})

test('a data folder that cannot be is told', async () => {
  const found = await findings({}, { data: join(folder, 'in-date.pem', 'data') })
  assert.match(found.join(), /problem: data: .*in-date\.pem is no folder/)
})
