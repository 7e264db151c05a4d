import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createMllpClient } from '../src/mllp/client.ts'
import { mllpSource } from '../src/mllp/source.ts'
import { FakeIntake } from './fake-intake.ts'
import { openSource, portOf } from './open.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/hl7v2/messages', import.meta.url))
const files = existsSync(folder) ? globSync('*.jsonl', { cwd: folder }) : []
const skip = files.length === 0 ? '../shared/data/hl7v2/messages is not here' : false

test('every real message is answered, and what is stored is byte for byte what was sent', { skip }, async t => {
  const intake = new FakeIntake()
  const source = await openSource(mllpSource, { port: 0 }, intake)
  const client = createMllpClient({ host: '127.0.0.1', port: portOf(source) })
  t.after(async () => {
    await client.close()
    await source.close()
  })
  const messages = files
    .flatMap(file => readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n'))
    .map(line => Buffer.from((JSON.parse(line) as { msg: string }).msg))
  let refused = 0
  for (const message of messages) {
    const { code, text } = await client.send(message)
    if (code === 'AA' || code === 'CA') assert.ok(message.equals(intake.stored.at(-1)?.bytes ?? Buffer.alloc(0)))
    else {
      refused++
      assert.notEqual(text, '')
    }
  }
  assert.equal(intake.stored.length + refused, messages.length)
  assert.equal(intake.refused.length, refused)
  assert.ok(messages.length > 500)
})
