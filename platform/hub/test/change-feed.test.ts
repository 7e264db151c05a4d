import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { readChanges } from '../src/feed/change-feed.ts'
import { followChanges } from '../src/feed/follow-changes.ts'
import { listFollowers, removeFollower } from '../src/feed/followers.ts'
import { pruneChanges } from '../src/feed/prune-changes.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import type { Change } from '../src/storage/stored.ts'
import { change, openQuickHub, patientOf, put, until } from './reindex-hub.ts'

let database: TestDatabase
let one: HubContext
let other: HubContext

before(async () => {
  database = await testDatabase()
  const limits = { feedLeaseMs: 600, feedPollMs: 400, feedRetryMs: 20, feedBatchMax: 50 }
  one = await openQuickHub(database.db, 1, { limits })
  other = await openQuickHub(database.db, 2, { limits })
})
after(async () => {
  await one.close()
  await other.close()
  await database.close()
})

/** Follows until `stop`, and keeps what came. */
function follower(
  hub: HubContext,
  name: string,
  more: {
    readonly after?: number
    readonly types?: readonly string[]
    readonly onChanges?: (changes: readonly Change[]) => Promise<void>
  } = {},
): { readonly seen: Change[]; readonly stop: () => Promise<void> } {
  const seen: Change[] = []
  const end = new AbortController()
  const running = followChanges(hub, {
    name,
    ...more,
    signal: end.signal,
    onChanges: async changes => {
      await more.onChanges?.(changes)
      seen.push(...changes)
    },
  })
  return {
    seen,
    stop: async () => {
      end.abort()
      await running
    },
  }
}

async function all(): Promise<readonly Change[]> {
  const found: Change[] = []
  for (;;) {
    const page = await readChanges(one, { after: found.at(-1)?.seq ?? 0 })
    if (page.length === 0) return found
    found.push(...page)
  }
}

test('with sixteen writers in two processes nothing is missed or out of order, also by who begins in the middle', async () => {
  const fromStart = follower(one, 'from-start', { after: 0 })
  const middle: ReturnType<typeof follower>[] = []
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    const hub = writer % 2 === 0 ? one : other
    const mine = `p${writer}`
    await put(hub, 'Patient', mine, patientOf(writer))
    for (let n = 0; n < 12; n += 1) {
      if (writer === 3 && n === 4) middle.push(follower(other, 'middle'))
      await put(hub, 'Basic', `b${writer}-${n}`, { resourceType: 'Basic', code: { text: 'x' } })
      // Half of the updates are of resources that others change too.
      const id = n % 2 === 0 ? mine : `p${writer - (writer % 4)}`
      await change(n % 3 === 0 ? one : other, 'Patient', id, patientOf(n)).catch((error: unknown) => {
        // Not created yet by its own writer.
        assert.ok(error instanceof assert.AssertionError)
      })
    }
  })
  await Promise.all(writers)
  const stored = await all()
  await until('the follower has all', () => fromStart.seen.length >= stored.length)
  assert.deepEqual(fromStart.seen, stored)
  const last = new Map<string, number>()
  for (const { type, id, version } of stored) {
    const name = `${type}/${id}`
    assert.equal(version, (last.get(name) ?? 0) + 1, 'each version of a resource once, in order')
    last.set(name, version)
  }
  const { rows } = await database.db.pool.query<{ n: number }>(
    'select (select count(*) from hub.resource) + (select count(*) from hub.history) as n',
  )
  assert.equal(stored.length, rows[0]?.n)
  const [begun] = middle
  assert.ok(begun)
  const first = (): number => begun.seen[0]?.seq ?? Number.POSITIVE_INFINITY
  await until('the later one is at the end', () => begun.seen.at(-1)?.seq === stored.at(-1)?.seq)
  assert.deepEqual(
    begun.seen,
    stored.filter(({ seq }) => seq >= first()),
  )
  await Promise.all([fromStart.stop(), begun.stop()])
})

test('a follower hears of its own process and of another at once, without waiting for the poll', async () => {
  const limits = { feedPollMs: 60_000 }
  const third = await openQuickHub(database.db, 3, { limits })
  const here = follower(third, 'here')
  await until('it is there', async () =>
    (await listFollowers(one, { now: Date.now() })).some(f => f.name === 'here' && f.active),
  )
  await new Promise(resolve => setTimeout(resolve, 100))
  for (const [hub, id] of [
    [third, 'own'],
    [one, 'foreign'],
  ] as const) {
    await put(hub, 'Basic', id, { resourceType: 'Basic' })
    await until(`${id} is heard of`, () => here.seen.some(each => each.id === id), 3_000)
  }
  await here.stop()
  await third.close()
})

test('what failed comes again, and a follower that is started again goes on after what it has handled', async () => {
  let failures = 0
  const fails = follower(one, 'restart', {
    types: ['Basic'],
    onChanges: async () => {
      failures += 1
      if (failures < 3) throw new Error('not now')
    },
  })
  await until('it is there', async () =>
    (await listFollowers(one, { now: Date.now() })).some(f => f.name === 'restart' && f.active),
  )
  await put(one, 'Basic', 'again', { resourceType: 'Basic' })
  await put(one, 'Patient', 'not-asked-for', patientOf(1))
  await until('it came again', () => fails.seen.length > 0)
  assert.deepEqual(
    fails.seen.map(({ id }) => id),
    ['again'],
  )
  assert.ok(failures >= 3)
  await fails.stop()
  await put(one, 'Basic', 'meanwhile', { resourceType: 'Basic' })
  const later = follower(other, 'restart', { types: ['Basic'], after: 0 })
  await until('it goes on', () => later.seen.length > 0)
  assert.deepEqual(
    later.seen.map(({ id }) => id),
    ['meanwhile'],
  )
  await later.stop()
})

test('of two processes with one name one gets the changes, and the other takes over when it ends', async () => {
  const first = follower(one, 'shared')
  await until('it is there', async () =>
    (await listFollowers(one, { now: Date.now() })).some(f => f.name === 'shared' && f.active),
  )
  const second = follower(other, 'shared')
  for (let n = 0; n < 5; n += 1) await put(one, 'Basic', `s${n}`, { resourceType: 'Basic' })
  await until('all came', () => first.seen.length + second.seen.length === 5)
  assert.equal(second.seen.length, 0)
  await first.stop()
  await put(one, 'Basic', 's5', { resourceType: 'Basic' })
  await until('the second has it', () => second.seen.some(({ id }) => id === 's5'))
  assert.equal(second.seen.length, 1)
  await second.stop()
})

test('a process that holds a follower and dies is replaced when its lease is over', async () => {
  await database.db.pool.query(
    `insert into hub.follower (tenant, name, seq, owner, lease_until)
     select 1, 'orphan', coalesce(max(seq), 0), 'dead', now() + interval '500 ms' from hub.change where tenant = 1`,
  )
  await put(one, 'Basic', 'for-orphan', { resourceType: 'Basic' })
  const next = follower(one, 'orphan')
  await until('it is taken over', () => next.seen.some(({ id }) => id === 'for-orphan'))
  await next.stop()
})

test('lag is told, and pruning stops at the slowest follower and at the youngest age', async () => {
  const now = Date.now()
  const young = await pruneChanges(one, { before: now + 1_000, now })
  assert.equal(young, 0, 'younger than what is kept at least')
  const stored = await all()
  const at = stored[10]?.seq ?? 0
  await database.db.pool.query(`insert into hub.follower (tenant, name, seq) values (1, 'slow', $1)`, [at])
  const slow = (await listFollowers(one, { now: now + 5_000 })).find(({ name }) => name === 'slow')
  assert.ok(slow !== undefined && slow.lagMs >= 5_000 && !slow.active)
  const later = now + 2 * one.limits.feedKeepMsMin
  assert.equal(await pruneChanges(one, { before: later, now: later }), 11)
  assert.deepEqual((await readChanges(one, { after: at, limit: 3 }))[0], stored[11])
  await assert.rejects(
    readChanges(one, { after: 0 }),
    (thrown: unknown) => thrown instanceof HubError && thrown.status === 410 && thrown.code === 'feed-pruned',
  )
  await assert.rejects(
    followChanges(one, { name: 'too-late', after: 0, onChanges: async () => {}, signal: new AbortController().signal }),
    (thrown: unknown) => thrown instanceof HubError && thrown.code === 'feed-pruned',
  )
  assert.equal(await removeFollower(one, 'slow'), true)
  assert.equal(await removeFollower(one, 'slow'), false)
})

test('a lost connection to the database is made again, and nothing is missed', async () => {
  const here = follower(one, 'reconnect')
  await until('it is there', async () =>
    (await listFollowers(one, { now: Date.now() })).some(f => f.name === 'reconnect' && f.active),
  )
  await database.db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%hub-feed' and datname = current_database()`,
  )
  await put(other, 'Basic', 'after-loss', { resourceType: 'Basic' })
  await until('the poll finds it', () => here.seen.some(({ id }) => id === 'after-loss'))
  await until('both are registered again', async () => {
    const { rows } = await database.db.pool.query(
      `select 1 from hub.indexer i join pg_stat_activity a on a.pid = i.pid and a.backend_start = i.started where i.tenant = 1`,
    )
    return rows.length === 2
  })
  await here.stop()
})
