import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createMasterKey, idFromTime, type KeyRing, monthOf, openKeyRing, testDatabase } from '@samband/store'
import { BodyPack, bodyParts, PackBuilder } from './body-pack.ts'

const id = idFromTime(Date.now())

describe('a pack of bodies', () => {
  let keys: KeyRing
  before(async () => {
    const database = await testDatabase()
    keys = await openKeyRing({
      db: database.db,
      masterKey: createMasterKey(Buffer.alloc(32, 3), 'the test'),
      tenant: 1,
    })
    await keys.prepare([monthOf(Date.now())])
    await database.close()
  })

  for (const count of [1, 3, 400]) {
    test(`gives back each of ${count} bodies, byte for byte`, async () => {
      const builder = new PackBuilder(id)
      const bodies = Array.from({ length: count }, (_, n) => Buffer.from(`MSH|^~\\&|${'x'.repeat(n)}`))
      const places = bodies.map((body, n) => builder.add(id + n, bodyParts.content, body))
      const pack = await BodyPack.open(keys, id, builder.seal(keys))
      for (const [n, body] of bodies.entries()) {
        assert.deepEqual(pack.body(places[n] as number, id + n, bodyParts.content), body)
      }
    })
  }

  test('an empty body is a body', async () => {
    const builder = new PackBuilder(id)
    const at = builder.add(id, bodyParts.reply, Buffer.alloc(0))
    const pack = await BodyPack.open(keys, id, builder.seal(keys))
    assert.equal(pack.body(at, id, bodyParts.reply).length, 0)
  })

  test('a row that points at another body is found out', async () => {
    const builder = new PackBuilder(id)
    const at = builder.add(id, bodyParts.content, Buffer.from('one'))
    const other = builder.add(id + 1, bodyParts.content, Buffer.from('two'))
    const pack = await BodyPack.open(keys, id, builder.seal(keys))
    for (const [place, owner, part] of [
      [other, id, bodyParts.content],
      [at, id, bodyParts.reply],
      [at + 1, id, bodyParts.content],
      [5000, id, bodyParts.content],
    ] as const) {
      assert.throws(() => pack.body(place, owner, part), { code: 'pack-damaged' })
    }
  })

  test('repeating contents are stored in a fraction of their size', async () => {
    const builder = new PackBuilder(id)
    for (let n = 0; n < 32; n += 1) builder.add(id + n, bodyParts.content, Buffer.alloc(1000, 'PID|1||P1^^^AHUS^MR'))
    assert.ok(builder.seal(keys).length < 4000)
  })
})
