import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drop, route } from '@samband/route'
import { memory, notes, world } from './harness.ts'

test('a bound of a few messages lets all through, whatever becomes of them, and none out of order', async t => {
  const w = await world()
  t.after(() => w.close())
  const mixed = route('mixed', { version: '1.0.0', owner: 'team', purpose: 'test' })
    .from(memory('in'))
    .parse(notes)
    .dedupe({ key: note => note.controlId, window: '7d' })
    .orderBy(note => note.key)
    .filter('wanted', note => (note.text.startsWith('drop') ? drop('not wanted') : true))
    .map('check', note => {
      if (note.text.startsWith('bad')) throw new Error('bad')
      return note
    })
    .to('out', memory('out'), { map: note => note.controlId })
    .onError({ deadLetter: 'mixed' })
  const engine = await w.start([mixed], { limits: { intakeBytesMax: 1_000, outputsBytesInMemoryMax: 20 } })
  const padding = 'x'.repeat(400)
  const texts = ['good', 'drop', 'good', 'bad', 'good', 'malformed']
  const sent = Array.from({ length: 120 }, async (_, n) => {
    const text = texts[n % texts.length] ?? ''
    // Every second comes twice.
    const note = text === 'malformed' ? padding : `k|${n - (n % 2)}|${text}${padding}`
    return await w.peers.send('in', note)
  })
  // Had one of them kept its bytes, later ones would be refused.
  const ids = await Promise.all(sent)
  assert.equal(new Set(ids).size, 120)
  await w.peers.send('in', `k|last|good${'x'.repeat(5_000)}`)
  const { received } = w.peers.receiver('out')
  await w.peers.receiver('out').count(61)
  assert.deepEqual(
    received.map(({ text }) => text),
    [...Array.from({ length: 60 }, (_, n) => String(n * 2)), 'last'],
  )
  await engine.stop()
})
