import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type Access, type AccessOptions, openAccess } from '../src/index.ts'

const noon = Date.UTC(2026, 10, 22, 12)
const minute = 60_000
const cheap = { ln: 4, r: 8, p: 1 }
const from = { address: '127.0.0.1' }

describe('access', () => {
  let t: TestDatabase
  let clock = noon
  let tenants = 0
  let access: Access
  before(async () => {
    t = await testDatabase()
  })
  after(() => t.close())
  /** Each test is a hospital of its own. */
  beforeEach(async () => {
    clock = noon
    tenants += 1
    access = await open()
  })

  function open(more: Partial<AccessOptions> = {}): Promise<Access> {
    return openAccess({ db: t.db, tenant: tenants, now: () => clock, passwordCost: cheap, ...more })
  }

  /** Signs in and gives the session token. */
  async function signIn(name: string, password: string): Promise<string> {
    const result = await access.login(name, password)
    assert.ok(result.ok)
    return result.session.sessionToken
  }

  test('the first start makes an administrator, whose password is shown once and signs in', async () => {
    const first = await access.ensureAdmin()
    assert.ok(first.created)
    const result = await access.login(first.user, first.password, from)
    assert.ok(result.ok)
    assert.deepEqual(result.session.principal, { name: 'admin', roles: ['administrator'], kind: 'person' })
    assert.deepEqual(await access.ensureAdmin(), { created: false })
  })

  test('the first administrator may have a given password, if it is long enough', async () => {
    await assert.rejects(access.ensureAdmin({ password: 'short' }), { code: 'password-weak', message: /12 to 200/ })
    const password = 'sommer på Skøyen 1987'
    assert.deepEqual(await access.ensureAdmin({ password }), { created: true, user: 'admin', password })
    assert.ok((await access.login('admin', password)).ok)
  })

  test('of processes that start at once, one makes the administrator', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => access.ensureAdmin()))
    assert.equal(results.filter(result => result.created).length, 1)
  })

  test('no password and no token stands in the database', async () => {
    const first = await access.ensureAdmin()
    assert.ok(first.created)
    const sessionToken = await signIn(first.user, first.password)
    const { token } = await access.createToken({ name: 'm', roles: ['monitor'], expiresAt: null, createdBy: 'admin' })
    const { rows } = await t.db.pool.query(`
      select u::text as line from access.user_account u union all select s::text from access.session s
      union all select a::text from access.api_token a`)
    const all = rows.map(row => row.line).join('\n')
    for (const secret of [first.password, sessionToken, token]) {
      // A token ends in its 43 random characters, which may hold the separator; a password is shorter.
      assert.ok(!all.includes(secret.slice(-43)))
      assert.ok(!all.includes(Buffer.from(secret).toString('hex')))
    }
  })

  test('a wrong password and a wrong name get the same answer', async () => {
    await access.ensureAdmin()
    for (const name of ['admin', 'nobody', '', 'admin\u0000', 'x'.repeat(10_000)]) {
      assert.deepEqual(await access.login(name, 'wrong', from), { ok: false, reason: 'wrong' })
      clock += 20 * minute
    }
    assert.deepEqual(await access.login('admin', 'x'.repeat(1_000_000)), { ok: false, reason: 'wrong' })
  })

  test('after five failures even the right password waits, from that address only', async () => {
    const { password } = await access.createUser('kari', ['operator'])
    for (let n = 0; n < 5; n += 1)
      assert.deepEqual(await access.login('kari', 'wrong', from), { ok: false, reason: 'wrong' })
    assert.deepEqual(await access.login('kari', password, from), {
      ok: false,
      reason: 'throttled',
      retryAfterMs: 15 * minute,
    })
    assert.ok((await access.login('kari', password, { address: '127.0.0.2' })).ok)
    clock += 15 * minute
    assert.ok((await access.login('kari', password, from)).ok)
  })

  test('attempts at once do not slip through the throttle', async () => {
    await access.createUser('kari', ['operator'])
    const results = await Promise.all(Array.from({ length: 20 }, () => access.login('kari', 'wrong', from)))
    assert.equal(results.filter(result => !result.ok && result.reason === 'wrong').length, 5)
  })

  test('a session is known until it is ended', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const token = await signIn('kari', password)
    assert.deepEqual(await access.verifySession(token), { name: 'kari', roles: ['reader'], kind: 'person' })
    await access.logout(token)
    assert.equal(await access.verifySession(token), undefined)
  })

  test('a session ends after its time, however much it is used', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const token = await signIn('kari', password)
    for (let n = 1; n < 12 * 2; n += 1) {
      clock += 30 * minute
      assert.ok(await access.verifySession(token), `after ${n} half hours`)
    }
    clock += 30 * minute
    assert.equal(await access.verifySession(token), undefined)
    assert.equal(await access.sweep(), 1)
  })

  test('a session that nobody uses ends after an hour', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const token = await signIn('kari', password)
    clock += 60 * minute
    assert.equal(await access.verifySession(token), undefined)
  })

  test('a session or a token of one tenant is nothing to another', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const session = await signIn('kari', password)
    const { token } = await access.createToken({ name: 'm', roles: ['monitor'], expiresAt: null, createdBy: 'kari' })
    tenants += 1
    const other = await open()
    assert.equal(await other.verifySession(session), undefined)
    assert.equal(await other.verifyToken(token), undefined)
    assert.deepEqual(await other.login('kari', password), { ok: false, reason: 'wrong' })
  })

  test('a new password ends every session, and the old one is wrong', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const token = await signIn('kari', password)
    const renewed = await access.resetPassword('kari')
    assert.ok(renewed)
    assert.equal(await access.verifySession(token), undefined)
    assert.equal((await access.login('kari', password)).ok, false)
    assert.ok((await access.login('kari', renewed)).ok)
    assert.equal(await access.resetPassword('nobody'), undefined)
  })

  test('a user chooses a password with the old one', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const chosen = 'sommer på Skøyen 1987'
    assert.equal(await access.changePassword('kari', 'wrong', chosen), false)
    await assert.rejects(access.changePassword('kari', password, 'short'), { code: 'password-weak' })
    await assert.rejects(access.changePassword('kari', password, password), { code: 'password-weak' })
    assert.equal(await access.changePassword('kari', password, chosen), true)
    assert.ok((await access.login('kari', chosen)).ok)
  })

  test('a stronger cost takes effect at the next sign-in', async () => {
    const { password } = await access.createUser('kari', ['reader'])
    const stronger = await open({ passwordCost: { ln: 5, r: 8, p: 1 } })
    assert.ok((await stronger.login('kari', password)).ok)
    const { rows } = await t.db.pool.query('select password_hash from access.user_account where tenant = $1', [tenants])
    assert.match(rows[0]?.password_hash, /^\$scrypt\$ln=5,/)
    assert.ok((await stronger.login('kari', password)).ok)
  })

  test('users are listed with what they are and when they came, and go', async () => {
    await access.ensureAdmin()
    const { password } = await access.createUser('kari', ['operator', 'auditor'])
    const token = await signIn('kari', password)
    const at = new Date(noon)
    assert.deepEqual(await access.listUsers(), [
      { name: 'admin', roles: ['administrator'], createdAt: at, passwordChangedAt: at, signedInAt: null },
      { name: 'kari', roles: ['operator', 'auditor'], createdAt: at, passwordChangedAt: at, signedInAt: at },
    ])
    assert.equal(await access.removeUser('kari'), true)
    assert.equal(await access.removeUser('kari'), false)
    assert.equal(await access.verifySession(token), undefined)
    assert.equal(await access.removeUser('admin'), false)
  })

  test('a user that exists, a bad name and an unknown role are refused', async () => {
    await access.createUser('kari', ['reader'])
    await assert.rejects(access.createUser('kari', ['reader']), { code: 'user-exists', category: 'conflict' })
    await assert.rejects(access.createUser('Kari Nordmann', ['reader']), { code: 'user-name-invalid' })
    await assert.rejects(access.createUser('ola', ['emperor']), { code: 'role-unknown' })
  })

  test('a token is a program until it is revoked', async () => {
    const request = { name: ' monitoring ', roles: ['monitor'], expiresAt: null, createdBy: 'admin' }
    const { facts, token } = await access.createToken(request)
    assert.match(token, /^samband_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(await access.verifyToken(token), { name: 'monitoring', roles: ['monitor'], kind: 'token' })
    assert.deepEqual(await access.listTokens(), [{ ...facts, lastUsedAt: new Date(noon) }])
    assert.equal(await access.revokeToken(facts.id), true)
    assert.equal(await access.revokeToken(facts.id), false)
    assert.equal(await access.verifyToken(token), undefined)
  })

  test('a token ends when it expires', async () => {
    const expiresAt = new Date(noon + minute)
    const { token } = await access.createToken({ name: 'm', roles: ['monitor'], expiresAt, createdBy: 'admin' })
    clock += minute - 1
    assert.ok(await access.verifyToken(token))
    clock += 1
    assert.equal(await access.verifyToken(token), undefined)
  })

  test('a token that differs in one character, and anything else, is nobody', async () => {
    const { token } = await access.createToken({ name: 'm', roles: ['monitor'], expiresAt: null, createdBy: 'admin' })
    const other = token.at(-2) === 'A' ? 'B' : 'A'
    const others = [
      `${token.slice(0, -2)}${other}${token.at(-1)}`,
      token.replace('samband', 'session'),
      '',
      'x',
      `${token}x`,
    ]
    for (const wrong of others) {
      assert.equal(await access.verifyToken(wrong), undefined)
      assert.equal(await access.verifySession(wrong), undefined)
    }
  })

  test('a token without a name or with an unknown role is refused', async () => {
    const request = { name: 'm', roles: ['monitor'], expiresAt: null, createdBy: 'admin' }
    await assert.rejects(access.createToken({ ...request, name: ' ' }), { code: 'token-name-invalid' })
    await assert.rejects(access.createToken({ ...request, roles: ['emperor'] }), { code: 'role-unknown' })
  })
})
