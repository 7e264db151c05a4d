import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { SambandError } from '@samband/errors'
import { type TestDatabase, testDatabase } from '@samband/store'
import {
  DeliveryRefusal,
  type DeliverySettlement,
  deliverTransaction,
} from '../src/destinations/deliver-transaction.ts'
import { openHub } from '../src/hub.ts'
import type { HubContext } from '../src/hub-context.ts'
import type { HubAuditEvent } from '../src/ports.ts'

let database: TestDatabase
let hub: HubContext
const audited: HubAuditEvent[] = []
let auditFails = false
before(async () => {
  database = await testDatabase()
  await database.db.pool.query('create table settled (delivery text primary key)')
  hub = await openHub({ db: database.db, tenant: 1, node: 1, baseUrl: 'https://fhir.example.org/fhir', audit })
})

function audit(event: HubAuditEvent): void {
  if (auditFails) throw new SambandError({ code: 'audit-backlog-full', category: 'busy', message: 'the audit is busy' })
  audited.push(event)
}

after(async () => {
  await hub.close()
  await database.close()
})

/** As the engine does it: a row of its own in the same transaction. */
function settlement(delivery: string, began: string[] = []): DeliverySettlement {
  return {
    begin: async client => {
      began.push(delivery)
      await client.query('select 1')
    },
    settle: async client => {
      await client.query('insert into settled (delivery) values ($1)', [delivery])
    },
  }
}

async function isSettled(delivery: string): Promise<boolean> {
  const { rows } = await database.db.pool.query('select 1 from settled where delivery = $1', [delivery])
  return rows.length === 1
}

function put(...resources: readonly (JsonObject & { readonly id: string })[]): Uint8Array {
  const entry = resources.map(resource => ({
    resource,
    request: { method: 'PUT', url: `${String(resource['resourceType'])}/${resource.id}` },
  }))
  return bytesOf({ resourceType: 'Bundle', type: 'transaction', entry })
}

function bytesOf(resource: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(resource))
}

function patient(id: string, gender = 'female'): JsonObject & { readonly id: string } {
  return { resourceType: 'Patient', id, gender }
}

async function refused(delivering: Promise<unknown>): Promise<DeliveryRefusal> {
  try {
    await delivering
  } catch (thrown) {
    assert.ok(thrown instanceof DeliveryRefusal, String(thrown))
    return thrown
  }
  return assert.fail('it was delivered')
}

function outcomeOf({ reply }: DeliveryRefusal): JsonObject {
  const outcome: unknown = JSON.parse(new TextDecoder().decode(reply.bytes))
  assert.ok(isJsonObject(outcome))
  assert.equal(outcome['resourceType'], 'OperationOutcome')
  return outcome
}

test('a delivery and its settlement are committed together, and the answer says what was written', async () => {
  const reply = await deliverTransaction(hub, put(patient('d1')), settlement('d1'))
  assert.equal(reply.code, '200')
  assert.match(new TextDecoder().decode(reply.bytes), /transaction-response.*201.*Patient\/d1\/_history\/1/)
  assert.equal(await isSettled('d1'), true)
  assert.equal((await hub.store.read('Patient', 'd1'))?.version, 1)
})

test('what cannot be settled is not written, and the reason is not called a refusal', async () => {
  const away = new SambandError({ code: 'engine-deposed', category: 'conflict', message: 'others have its lanes' })
  for (const step of ['begin', 'settle'] as const) {
    const failing = { ...settlement('d2'), [step]: () => Promise.reject(away) }
    await assert.rejects(deliverTransaction(hub, put(patient('d2')), failing), (error: unknown) => error === away)
  }
  assert.equal(await hub.store.read('Patient', 'd2'), undefined)
  assert.equal(await isSettled('d2'), false)
})

test('an invalid entry refuses the whole, with an OperationOutcome that says where, and nothing is settled', async () => {
  const refusal = await refused(deliverTransaction(hub, put(patient('d3'), patient('d4', 'unheard')), settlement('d3')))
  assert.equal(refusal.category, 'incorrect')
  assert.equal(refusal.reply.code, '422')
  assert.match(JSON.stringify(outcomeOf(refusal)), /Bundle\.entry\[1\]\.resource\.gender/)
  assert.equal(await hub.store.read('Patient', 'd3'), undefined)
  assert.equal(await isSettled('d3'), false)
})

test('what is no transaction Bundle is refused', async () => {
  for (const content of [
    new TextEncoder().encode('{'),
    bytesOf({ resourceType: 'Patient' }),
    bytesOf({ resourceType: 'Bundle', type: 'batch', entry: [] }),
  ]) {
    const refusal = await refused(deliverTransaction(hub, content, settlement('d5')))
    assert.equal(refusal.reply.code, '400')
    outcomeOf(refusal)
  }
})

test('two deliveries that make the same resource both succeed: the later runs again from its beginning', async () => {
  const began: string[] = []
  const deliveries = Array.from({ length: 8 }, (_, number) =>
    deliverTransaction(
      hub,
      put(patient('d6', number % 2 === 0 ? 'female' : 'male')),
      settlement(`d6-${number}`, began),
    ),
  )
  await Promise.all(deliveries)
  for (const number of deliveries.keys()) assert.equal(await isSettled(`d6-${number}`), true)
  assert.ok(began.length >= deliveries.length)
})

test('the same content again makes no version, and is settled too', async () => {
  await deliverTransaction(hub, put(patient('d7')), settlement('d7-1'))
  await deliverTransaction(hub, put(patient('d7')), settlement('d7-2'))
  assert.equal((await hub.store.read('Patient', 'd7'))?.version, 1)
  assert.equal(await isSettled('d7-2'), true)
})

test('a database that ends the session is unavailable: the delivery is tried again, and nothing was written', async () => {
  const ended: DeliverySettlement = {
    begin: async client => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      setTimeout(() => {
        void database.db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      }, 20)
      await new Promise(resolve => setTimeout(resolve, 200))
    },
    settle: settlement('d8').settle,
  }
  const refusal = await refused(deliverTransaction(hub, put(patient('d8')), ended))
  assert.equal(refusal.category, 'unavailable')
  assert.equal(await hub.store.read('Patient', 'd8'), undefined)
})

test('the audit is told what a route wrote, and about whom; without the audit nothing is written', async () => {
  audited.length = 0
  await deliverTransaction(hub, put(patient('audited')), settlement('audited'))
  const [event] = audited
  assert.equal(audited.length, 1)
  assert.equal(event?.caller.actor, 'route')
  assert.equal(event?.outcome, 'success')
  assert.deepEqual(event?.resources, [{ type: 'Patient', id: 'audited' }])
  assert.deepEqual(event?.patients, ['audited'])
  auditFails = true
  await assert.rejects(deliverTransaction(hub, put(patient('unaudited')), settlement('unaudited')))
  auditFails = false
  assert.equal(await isSettled('unaudited'), false)
  assert.equal(await hub.store.read('Patient', 'unaudited'), undefined)
})
