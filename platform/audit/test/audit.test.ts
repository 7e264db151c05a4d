import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type Audit, type AuditEvent, openAudit, type RecordedAuditEvent } from '../src/index.ts'

const noon = Date.UTC(2026, 10, 22, 12)
const hourMs = 3_600_000

const read: AuditEvent = {
  actor: 'kari',
  actorKind: 'person',
  action: 'message-body-read',
  subject: { kind: 'message', id: '890762056827008' },
  patient: 4_134_477_010_879_725,
  outcome: 'success',
  purpose: 'fault search, ticket 4711',
  detail: { route: 'lab-results', bytes: 1_024, raw: true },
  address: '127.0.0.1',
}

describe('the audit log', () => {
  let t: TestDatabase
  let clock = noon
  let tenants = 0
  before(async () => {
    t = await testDatabase()
  })
  after(() => t.close())

  /** Each test is a hospital of its own. */
  function open(limits: Parameters<typeof openAudit>[0]['limits'] = {}): Promise<Audit> {
    tenants += 1
    return openAudit({ db: t.db, tenant: tenants, now: () => clock, node: 0, limits })
  }

  test('an event comes back as it was recorded, with its time', async () => {
    const audit = await open()
    await audit.record(read)
    const { events, next } = await audit.search({})
    const [event] = events
    assert.ok(event)
    const { id, at, ...rest } = event
    assert.deepEqual(rest, read)
    assert.ok(Number.isSafeInteger(id))
    assert.equal(at.getTime(), clock)
    assert.equal(next, undefined)
  })

  test('an event with the least comes back with the least', async () => {
    const audit = await open()
    const least: AuditEvent = { actor: 'system', actorKind: 'system', action: 'start', outcome: 'success' }
    await audit.record(least)
    const { id, at, ...rest } = (await audit.search({})).events[0] ?? assert.fail()
    assert.ok(id > 0 && at.getTime() >= noon)
    assert.deepEqual(rest, { ...least, detail: {} })
  })

  test('an event is on disk when record resolves: another process sees it', async () => {
    const audit = await open()
    await audit.record(read)
    const other = await openAudit({ db: t.db, tenant: tenants, now: () => clock, node: 1 })
    assert.equal((await other.search({})).events.length, 1)
  })

  test('each question of the privacy officer has its filter', async () => {
    const audit = await open()
    clock = noon
    await audit.record({ ...read, actor: 'ola', patient: 7 })
    clock = noon + hourMs
    await audit.record({ ...read, action: 'message-resend', subject: { kind: 'route', id: 'lab-results' } })
    clock = noon + 2 * hourMs
    await audit.record({ ...read, outcome: 'failure' })
    const count = async (query: Parameters<Audit['search']>[0]): Promise<number> =>
      (await audit.search(query)).events.length
    assert.equal(await count({ actor: 'ola' }), 1)
    assert.equal(await count({ patient: 7 }), 1)
    assert.equal(await count({ action: 'message-resend' }), 1)
    assert.equal(await count({ subject: { kind: 'route', id: 'lab-results' } }), 1)
    assert.equal(await count({ outcome: 'failure' }), 1)
    assert.equal(await count({ from: new Date(noon + hourMs) }), 2)
    assert.equal(await count({ to: new Date(noon + hourMs) }), 1)
    assert.equal(await count({ actor: 'kari', from: new Date(noon), to: new Date(noon + 2 * hourMs) }), 1)
    clock = noon
  })

  test('pages are newest first and meet without a gap', async () => {
    const audit = await open({ pageMax: 4 })
    await Promise.all(Array.from({ length: 10 }, (_, n) => audit.record({ ...read, detail: { n } })))
    const first = await audit.search({ limit: 3 })
    const second = await audit.search({ limit: 100, before: first.next ?? assert.fail() })
    assert.deepEqual(
      [...first.events, ...second.events].map(event => event.detail?.['n']),
      [9, 8, 7, 6, 5, 4, 3],
    )
    const all: RecordedAuditEvent[] = []
    for await (const event of audit.all({})) all.push(event)
    assert.deepEqual(
      all.map(event => event.detail?.['n']),
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    )
  })

  test('a tenant does not see the events of another', async () => {
    await (await open()).record(read)
    assert.deepEqual((await (await open()).search({})).events, [])
  })

  test('nothing is changed or removed by a statement, not even by the owner', async () => {
    await (await open()).record(read)
    for (const statement of [`update audit.event set actor = 'x'`, 'delete from audit.event', 'truncate audit.event']) {
      await assert.rejects(t.db.pool.query(statement), { code: '42501', message: /append-only/ })
    }
  })

  test('pruning removes what is older, and is recorded itself', async () => {
    const audit = await open()
    clock = noon
    await audit.record(read)
    clock = noon + hourMs
    await audit.record(read)
    assert.equal(await audit.prune(new Date(noon + hourMs), { actor: 'kari', actorKind: 'person' }), 1)
    const { events } = await audit.search({})
    assert.deepEqual(
      events.map(event => event.action),
      ['audit-prune', 'message-body-read'],
    )
    assert.deepEqual(events[0]?.detail, { before: '2026-11-22T13:00:00.000Z', removed: 1 })
    await assert.rejects(t.db.pool.query('delete from audit.event'), { code: '42501' })
    clock = noon
  })

  test('ids go on after a restart although the clock stepped back', async () => {
    clock = noon + hourMs
    await (await open()).record(read)
    clock = noon
    const again = await openAudit({ db: t.db, tenant: tenants, now: () => clock, node: 0 })
    await again.record({ ...read, action: 'second' })
    assert.deepEqual(
      (await again.search({})).events.map(event => event.action),
      ['second', read.action],
    )
  })

  test('an event that is too large is refused with the field', async () => {
    const audit = await open()
    await assert.rejects(audit.record({ ...read, purpose: 'x'.repeat(501) }), {
      code: 'audit-event-invalid',
      message: /purpose/,
    })
    await assert.rejects(audit.record({ ...read, detail: { a: 'x'.repeat(4_096) } }), { message: /detail/ })
    await assert.rejects(audit.record({ ...read, actor: '' }), { code: 'audit-event-invalid' })
  })

  test('a full backlog is refused as busy', async () => {
    const audit = await open({ pendingMax: 1, batchMax: 1 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => audit.record(read)))
    const reasons = results.filter(result => result.status === 'rejected').map(result => result.reason)
    assert.ok(reasons.length >= 1)
    for (const reason of reasons) assert.equal(reason.code, 'audit-backlog-full')
  })

  test('record rejects when the database does not take it, and works again afterwards', async () => {
    const audit = await open()
    await t.db.pool.query('alter table audit.event rename to away')
    await assert.rejects(audit.record(read), { code: 'database-42p01' })
    await t.db.pool.query('alter table audit.away rename to event')
    await audit.record(read)
    await audit.close()
    assert.equal((await audit.search({})).events.length, 1)
  })
})
