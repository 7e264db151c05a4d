/** A server that is killed in the middle of transactions: nothing is half done, and nothing that was answered is lost. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { testDatabase } from '@samband/store'
import { openHub } from '../src/index.ts'
import { differencesFromFreshIndex } from './reindex-hub.ts'

const parts = 4
const kills = 4
const clients = 8

test('after kill -9 each transaction is there as a whole or not at all, and each that was answered is there', async t => {
  const database = await testDatabase()
  t.after(() => database.close())
  const hub = await openHub({ db: database.db, tenant: 1, node: 3, baseUrl: 'http://127.0.0.1/fhir' })
  const answered = new Set<string>()
  let sent = 0
  for (let kill = 0; kill < kills; kill += 1) {
    const server = await serve(database.url)
    let stopped = false
    const load = Promise.all(
      Array.from({ length: clients }, async () => {
        while (!stopped) {
          const tag = `t${(sent += 1)}`
          // A connection that ends without an answer tells nothing.
          const answer = await fetch(server.url, request(tag)).catch(() => undefined)
          const isRead = await answer?.text().then(
            () => true,
            () => false,
          )
          if (answer?.status === 200 && isRead === true) answered.add(tag)
        }
      }),
    )
    const before = answered.size
    while (answered.size < before + 30) await new Promise(resolve => setTimeout(resolve, 5))
    stopped = true
    server.child.kill('SIGKILL')
    await load
  }
  assert.ok(answered.size >= kills * 30)
  const { rows } = await database.db.pool.query<{ tag: string; n: number; names: number }>(
    `select content::jsonb #>> '{meta,tag,0,code}' as tag, count(*) as n, count(distinct content::jsonb #>> '{subject,reference}') as names
       from hub.resource where type = 'Basic' and id <> 'counter' group by 1`,
  )
  for (const { tag, n, names } of rows) assert.deepEqual({ tag, n, names }, { tag, n: parts, names: 1 })
  const there = new Set(rows.map(({ tag }) => tag))
  assert.deepEqual(
    [...answered].filter(tag => !there.has(tag)),
    [],
  )
  const { rows: changes } = await database.db.pool.query<{ missing: number }>(
    `select count(*) as missing from hub.resource r
      where not exists (select from hub.change c where c.tenant = 1 and c.type = r.type and c.id = r.id and c.version = r.version)`,
  )
  assert.deepEqual(changes, [{ missing: 0 }])
  assert.deepEqual(await differencesFromFreshIndex(hub), [])
  await hub.store.close()
})

function request(tag: string): RequestInit {
  const meta = { tag: [{ system: 'urn:test', code: tag }] }
  const entry = [
    {
      fullUrl: 'urn:uuid:0191e6c4-0000-4000-8000-000000000001',
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient', meta },
    },
    ...Array.from({ length: parts }, () => ({
      request: { method: 'POST', url: 'Basic' },
      resource: {
        resourceType: 'Basic',
        meta,
        code: { text: 'part' },
        subject: { reference: 'urn:uuid:0191e6c4-0000-4000-8000-000000000001' },
      },
    })),
    {
      request: { method: 'PUT', url: 'Basic/counter' },
      resource: { resourceType: 'Basic', id: 'counter', code: { text: tag } },
    },
  ]
  return {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    // The counter is one resource that all of them change; it has no tag of its own.
    body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
  }
}

async function serve(databaseUrl: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(new URL('serving-process.ts', import.meta.url), [databaseUrl])
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${String(code)} before it served`)
  })
  const [url] = (await Promise.race([once(child, 'message'), ended])) as [string]
  ended.catch(() => {
    // Later its end is what the test is about.
  })
  return { child, url }
}
