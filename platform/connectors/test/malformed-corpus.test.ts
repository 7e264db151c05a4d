import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { mllpSource } from '../src/mllp/source.ts'
import { FakeIntake } from './fake-intake.ts'
import { adt, frame, RawPeer } from './mllp-peer.ts'
import { openSource, portOf } from './open.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/hl7v2/malformed', import.meta.url))
const files = existsSync(folder) ? globSync('**/*.*', { cwd: folder }).sort() : []
const skip = files.length === 0 ? '../shared/data/hl7v2/malformed is not here' : false

const intake = new FakeIntake()
const source = await openSource(mllpSource, { port: 0, frameTimeout: '100ms' }, intake)
const port = portOf(source)
after(source.close)

test('every malformed file, framed, is stored byte for byte and acknowledged, or recorded and refused', {
  skip,
}, async () => {
  for (const name of files) {
    const content = readFileSync(`${folder}/${name}`)
    // The end of a frame in the content ends the frame: such files are for the next test.
    if (content.includes('\x1c\r') || content.includes('\x0b')) continue
    const before = { stored: intake.stored.length, refused: intake.refused.length }
    const peer = await RawPeer.connect(port)
    peer.socket.write(Buffer.concat([Buffer.of(0x0b), content, Buffer.of(0x1c, 0x0d)]))
    const [ack] = await peer.framesCame(1)
    const code = /[\r\n]MSA.(..)/.exec(ack ?? '')?.[1]
    if (intake.stored.length > before.stored) {
      assert.ok(content.equals(intake.stored.at(-1)?.bytes ?? Buffer.alloc(0)), `${name} was altered`)
      assert.ok(code === 'AA' || code === 'CA', `${name} was stored and answered ${code}`)
    } else {
      assert.equal(intake.refused.length, before.refused + 1, `${name} was neither stored nor recorded`)
      assert.ok(code === 'AR' || code === 'AE', `${name} was refused and answered ${code}`)
    }
    peer.socket.destroy()
  }
})

test('every malformed file, as it is, is recorded and the connection let go', { skip }, async () => {
  const handled = (): number => intake.refused.length + intake.stored.length
  const before = handled()
  await Promise.all(
    files.map(async name => {
      const content = readFileSync(`${folder}/${name}`)
      const peer = await RawPeer.connect(port)
      peer.socket.end(content)
      await peer.closed()
    }),
  )
  const withContent = files.filter(name => /[^\r\n]/.test(readFileSync(`${folder}/${name}`, 'latin1')))
  assert.ok(handled() - before >= withContent.length)
})

test('after all of it the listener answers the next message', { skip }, async () => {
  const peer = await RawPeer.connect(port)
  peer.socket.write(frame(adt('LAST')))
  assert.match((await peer.framesCame(1))[0] ?? '', /MSA\|AA\|LAST/)
  peer.socket.destroy()
})
