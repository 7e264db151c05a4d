/** Many at once, over real sockets and through two servers on one database. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { openHub } from '../src/index.ts'
import { type ServedHub, serveHub } from '../src/http/serve.ts'

type Answer = { readonly status: number; readonly resource: Resource; readonly version: number }
type Resource = {
  readonly id: string
  readonly meta: { readonly versionId: string }
  readonly [member: string]: unknown
}

describe('many at once', () => {
  let database: TestDatabase
  const servers: ServedHub[] = []
  before(async () => {
    database = await testDatabase()
    for (const node of [0, 1]) {
      servers.push(await serveHub({ open: baseUrl => openHub({ db: database.db, tenant: 1, node, baseUrl }) }))
    }
  })
  after(async () => {
    for (const server of servers) await server.close()
    await database.close()
  })

  async function ask(
    n: number,
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(`${servers[n % servers.length]?.url}/${path}`, {
      method,
      headers: { 'content-type': 'application/fhir+json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const resource = (await answer.json()) as Resource
    return { status: answer.status, resource, version: Number(resource.meta?.versionId) }
  }

  test('64 conditional creates of one identifier make one resource', async () => {
    const body = { resourceType: 'Patient', identifier: [{ system: 'urn:test', value: 'one' }] }
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        ask(n, 'POST', 'Patient', body, { 'if-none-exist': 'identifier=urn:test|one' }),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal(answers.filter(({ status }) => status === 200).length, 63)
    assert.equal(new Set(answers.map(({ resource }) => resource.id)).size, 1)
  })

  test('64 transactions that touch one patient all succeed, each as a whole', async () => {
    const { resource: patient } = await ask(0, 'POST', 'Patient', { resourceType: 'Patient', active: true })
    const bundle = (n: number): object => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          request: { method: 'PUT', url: `Patient/${patient.id}` },
          resource: { resourceType: 'Patient', id: patient.id, active: true, name: [{ family: `F${n}` }] },
        },
        {
          request: { method: 'POST', url: 'Basic' },
          resource: { resourceType: 'Basic', code: { text: 'part' }, subject: { reference: `Patient/${patient.id}` } },
        },
      ],
    })
    const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => ask(n, 'POST', '', bundle(n))))
    for (const { status, resource } of answers) assert.equal(status, 200, JSON.stringify(resource).slice(0, 300))
    assert.equal((await ask(1, 'GET', `Patient/${patient.id}`)).version, 65)
    const { resource: found } = await ask(0, 'GET', `Basic?subject=Patient/${patient.id}&_summary=count`)
    assert.equal(found['total'], 64)
  })

  test('reads and writes of 100 resources have an order in which each sees what came before it', async () => {
    const steps: Step[] = []
    const ids = Array.from({ length: 100 }, (_, n) => `linear-${n}`)
    const written = new Map<string, string>()
    let value = 0
    const random = seeded(7)
    await Promise.all(
      Array.from({ length: 16 }, async (_, client) => {
        for (let n = 0; n < 60; n += 1) {
          const id = ids[Math.floor(random() * (n < 30 ? 10 : ids.length))] ?? ''
          const begun = performance.now()
          if (random() < 0.5) {
            const mine = `v${(value += 1)}`
            const body = { resourceType: 'Basic', id, code: { text: mine } }
            const { status, version } = await ask(client, 'PUT', `Basic/${id}`, body)
            assert.ok(status === 200 || status === 201)
            assert.ok(!written.has(`${id}/${version}`), 'a version is made once')
            written.set(`${id}/${version}`, mine)
            steps.push({ id, kind: 'write', version, begun, ended: performance.now() })
          } else {
            const { status, resource, version } = await ask(client, 'GET', `Basic/${id}`)
            assert.ok(status === 200 || status === 404)
            const text = (resource['code'] as { text?: string } | undefined)?.text
            steps.push({
              id,
              kind: 'read',
              version: status === 404 ? 0 : version,
              text,
              begun,
              ended: performance.now(),
            })
          }
        }
      }),
    )
    for (const { id, kind, version, text } of steps) {
      if (kind === 'read' && version > 0)
        assert.equal(text, written.get(`${id}/${version}`), 'a read gives what that version was')
    }
    for (const own of Map.groupBy(steps, ({ id }) => id).values()) assertOrdered(own)
  })

  test('of writers that all expect the same version one goes through, and the others are told', async () => {
    await ask(0, 'PUT', 'Basic/expected', { resourceType: 'Basic', id: 'expected', code: { text: 'first' } })
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, n) => {
        const body = { resourceType: 'Basic', id: 'expected', code: { text: `n${n}` } }
        return ask(n, 'PUT', 'Basic/expected', body, { 'if-match': 'W/"1"' })
      }),
    )
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, ...Array.from({ length: 15 }, () => 412)],
    )
  })
})

type Step = {
  readonly id: string
  readonly kind: 'read' | 'write'
  readonly version: number
  readonly text?: string | undefined
  readonly begun: number
  readonly ended: number
}

/** Versions are the order of the writes; what ended before another began must not have seen a later one. */
function assertOrdered(steps: readonly Step[]): void {
  for (const before of steps) {
    for (const later of steps) {
      if (before.ended >= later.begun) continue
      if (later.kind === 'write')
        assert.ok(later.version > before.version, 'a write comes after what ended before it began')
      else assert.ok(later.version >= before.version, 'a read sees what was written before it began')
    }
  }
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
