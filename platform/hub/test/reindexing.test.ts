import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { systemCaller } from '../src/access/caller.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import {
  cancelReindex,
  listReindexJobs,
  parameterState,
  pauseReindex,
  startReindex,
} from '../src/reindex/reindexing.ts'
import type { ReindexJob } from '../src/reindex/reindex-jobs.ts'
import { parseQuery } from '../src/search/parse-query.ts'
import {
  change,
  define,
  differencesFromFreshIndex,
  found,
  openQuickHub,
  patientOf,
  put,
  searchParameter,
  until,
} from './reindex-hub.ts'

const resources = 200
/** With twelve observations, places and assessments. */
const everything = resources + 36

let database: TestDatabase
/** Writes and asks; leaves the jobs to others. */
let hub: HubContext

before(async () => {
  database = await testDatabase()
  hub = await openQuickHub(database.db, 1, { reindex: false, limits: { reindexLeaseMs: 700 } })
  await Promise.all(Array.from({ length: resources }, (_, n) => put(hub, 'Patient', `p${n}`, patientOf(n))))
  await putOthers()
})
/** What the tables of numbers, periods without an end, places and references have. */
async function putOthers(): Promise<void> {
  for (let n = 0; n < 12; n += 1) {
    await put(hub, 'Observation', `o${n}`, {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
      subject: { reference: `Patient/p${n}` },
      effectivePeriod: n % 2 === 0 ? { start: '2026-01-01T10:00:00+01:00' } : { end: '2026-01-01' },
      valueQuantity: {
        value: [1e-7, 1e21, -0.5, 0, 120.1][n % 5] ?? 1,
        unit: 'mm[Hg]',
        system: 'http://unitsofmeasure.org',
        code: 'mm[Hg]',
      },
      component: [
        {
          code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
          valueQuantity: {
            value: 120 + n,
            comparator: '<',
            unit: 'mm[Hg]',
            system: 'http://unitsofmeasure.org',
            code: 'mm[Hg]',
          },
        },
      ],
    })
    await put(hub, 'Location', `l${n}`, {
      resourceType: 'Location',
      name: 'Post "A", \\ 2. etasje',
      position: { latitude: 59.9 + n / 7, longitude: -0.1 * n },
    })
    await put(hub, 'RiskAssessment', `r${n}`, {
      resourceType: 'RiskAssessment',
      status: 'final',
      subject: { reference: `Patient/p${n}` },
      prediction: [{ probabilityDecimal: n / 1e8 }],
    })
  }
}

after(async () => {
  await hub.close()
  await database.close()
})

const caller = systemCaller

async function jobOf(number?: number): Promise<ReindexJob> {
  const jobs = await listReindexJobs(hub, caller)
  const job = number === undefined ? jobs[0] : jobs.find(each => each.job === number)
  assert.ok(job)
  return job
}

async function worker(batch: number): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('reindexing-process.ts', import.meta.url))
  const child = spawn(process.execPath, [file, database.url, String(batch)], { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(child.stdout)
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** All that finds them goes: what a layout of before would have left out. */
async function spoil(): Promise<void> {
  const { pool } = database.db
  await pool.query(`update hub.resource set tokens = '{1,2}', refs = '{}' where tenant = 1`)
  await pool.query('delete from hub.date where tenant = 1')
  await pool.query('delete from hub.quantity where tenant = 1 and rid % 2 = 0')
  await pool.query('update hub.position set latitude = latitude + 1 where tenant = 1')
  await pool.query(`update hub.string set value = 'x' || value where tenant = 1`)
}

test('a worker that is killed with -9 in the middle loses nothing, and the next one goes on where it was', async () => {
  await spoil()
  assert.notDeepEqual(await differencesFromFreshIndex(hub), [])
  const first = await worker(5)
  const number = await startReindex(hub, { caller })
  await until('it is in the middle', async () => (await jobOf(number)).done >= 60)
  await kill(first)
  const { done, state } = await jobOf(number)
  assert.equal(state, 'running')
  assert.ok(done < everything)
  const { rows } = await database.db.pool.query<{ n: number }>(
    `select count(*) as n from hub.resource where tenant = 1 and cardinality(tokens) > 2`,
  )
  assert.equal(rows[0]?.n, done, 'what is counted as done is done')
  const second = await openQuickHub(database.db, 2, { limits: { reindexLeaseMs: 700 } })
  await until('it is done', async () => (await jobOf(number)).state === 'done')
  const ended = await jobOf(number)
  assert.equal(ended.done, everything)
  assert.equal(ended.changed, everything, 'none was written twice')
  assert.deepEqual(await differencesFromFreshIndex(hub), [])
  await second.close()
})

test('what is right is read and left as it is, of all types, and what is not is mended', async () => {
  const second = await openQuickHub(database.db, 2)
  const run = async (): Promise<ReindexJob> => {
    const number = await startReindex(hub, { caller })
    await until('it is done', async () => (await jobOf(number)).state === 'done')
    return await jobOf(number)
  }
  const first = await run()
  assert.deepEqual([first.done, first.changed], [everything, 0])
  await spoil()
  const { changed } = await run()
  assert.equal(changed, everything)
  assert.deepEqual(await differencesFromFreshIndex(hub), [])
  await second.close()
})

test('resources that change meanwhile are right, their writers do not wait, and no version comes of it', async () => {
  await spoil()
  const number = await startReindex(hub, { caller })
  const second = await openQuickHub(database.db, 2, { limits: { reindexBatch: 10, reindexPauseRatio: 0.5 } })
  let slowestMs = 0
  let writes = 0
  const isGoingOn = async (): Promise<boolean> => (await jobOf(number)).state !== 'done'
  while (await isGoingOn()) {
    const startedAt = performance.now()
    await change(hub, 'Patient', `p${(writes * 37) % resources}`, patientOf(writes))
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    writes += 1
  }
  assert.ok(writes > 5)
  assert.ok(slowestMs < 1_000, `${slowestMs} ms`)
  assert.deepEqual(await differencesFromFreshIndex(hub), [])
  const { rows } = await database.db.pool.query<{ n: number }>(
    `select count(*) as n from hub.change where tenant = 1 and type = 'Patient' and method = 'update'`,
  )
  assert.equal(rows[0]?.n, writes)
  await second.close()
})

test('progress is told, a paused job stands still, and a cancelled one says that its parameter stays unusable', async () => {
  const id = 'Patient'
  await define(hub, searchParameter('slow'))
  const second = await openQuickHub(database.db, 2, {
    limits: { reindexBatch: 5, reindexPauseRatio: 20, reindexPauseMaxMs: 40 },
  })
  const progress = (): number => {
    const state = parameterState(hub, id, 'slow')
    return state === 'ready' ? 1 : state.progress
  }
  await until('some is done', () => progress() > 0.1 && progress() < 1)
  const { job, parameters } = await jobOf()
  assert.deepEqual(parameters, ['Patient.slow'])
  const ask = { type: 'Observation', pairs: 'subject:Patient.slow=M&status=final' }
  assert.throws(
    () => parseQuery(hub, { ...ask, lenient: false }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof HubError)
      assert.equal(thrown.status, 503)
      assert.match(thrown.issues[0]?.text ?? '', /^Patient\.slow: the parameter is being indexed: \d+ % done$/)
      return true
    },
  )
  const lenient = parseQuery(hub, { ...ask, lenient: true })
  assert.deepEqual([lenient.query.criteria.length, lenient.warnings.length], [1, 1])
  await pauseReindex(hub, job, { paused: true, caller })
  const { done } = await jobOf(job)
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.equal((await jobOf(job)).done, done)
  await pauseReindex(hub, job, { paused: false, caller })
  await until('it goes on', async () => (await jobOf(job)).done > done)
  await cancelReindex(hub, job, caller)
  assert.equal((await jobOf(job)).state, 'cancelled')
  await until('it is told', () => {
    const state = parameterState(second, id, 'slow')
    return state !== 'ready' && state.cancelled
  })
  await startReindex(hub, { types: ['Patient'], caller })
  await second.close()
  const third = await openQuickHub(database.db, 2)
  await until('another job has done it', () => parameterState(hub, id, 'slow') === 'ready')
  assert.equal((await found(hub, 'Patient', 'slow', 'M')).length, resources)
  await third.close()
})

test('a job waits for a process that does not index with the definition yet, and names it', async () => {
  const { pool } = database.db
  const second = await openQuickHub(database.db, 2)
  // A process that stands still: its connection lives, and it says nothing.
  const still = await database.db.dedicated('still')
  await still.query(
    `insert into hub.indexer select 1, 17, pid, backend_start, 0, 1 from pg_stat_activity where pid = pg_backend_pid()`,
  )
  await define(hub, searchParameter('awaited'))
  await until('it waits', async () => (await jobOf()).trouble?.includes('17') === true)
  assert.notEqual(parameterState(hub, 'Patient', 'awaited'), 'ready')
  await still.end()
  await until('it goes on', () => parameterState(hub, 'Patient', 'awaited') === 'ready')
  await pool.query('delete from hub.indexer where node = 17')
  await second.close()
})

test('a job waits for a transaction that wrote before the definition was known', async () => {
  const second = await openQuickHub(database.db, 2)
  const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const type = 'Basic'
  // Another tenant's, so that it does not hold up the changes of this one.
  const slow = database.db.transaction(async client => {
    await client.query(
      `insert into hub.change (tenant, at, version, method, type, id) values (2, 0, 1, 'create', 'Basic', 'x')`,
    )
    hasWritten()
    await released
  })
  await written
  const number = await startReindex(hub, { types: [type], caller })
  await until('it waits', async () => (await jobOf(number)).trouble?.includes('transactions') === true)
  release()
  await slow
  await until('it is done', async () => (await jobOf(number)).state === 'done')
  await second.close()
})

test('an older layout of the index is brought up to date when a process starts', async () => {
  await spoil()
  await database.db.pool.query(`update hub.setting set value = '0' where tenant = 1 and name = 'index-version'`)
  const second = await openQuickHub(database.db, 2)
  await until('it is done', async () => {
    const job = await jobOf()
    return job.reason === 'index-version' && job.state === 'done'
  })
  const { rows } = await database.db.pool.query<{ value: string }>(
    `select value from hub.setting where tenant = 1 and name = 'index-version'`,
  )
  assert.equal(rows[0]?.value, '1')
  assert.deepEqual(await differencesFromFreshIndex(hub), [])
  await second.close()
})

test('what is no type, no job, or not allowed is refused', async () => {
  const refused = async (run: Promise<unknown>, status: number): Promise<void> => {
    await assert.rejects(run, (thrown: unknown) => thrown instanceof HubError && thrown.status === status)
  }
  await refused(startReindex(hub, { types: ['Pasient'], caller }), 400)
  await refused(startReindex(hub, { caller: { ...caller, access: () => 'none' } }), 403)
  await refused(cancelReindex(hub, 99_999, caller), 404)
  const { job } = await jobOf()
  await refused(cancelReindex(hub, job, caller), 404)
})
