import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import {
  type BytesLike,
  CallCache,
  CallCaches,
  type DestinationDescriptor,
  encodeBytes,
  relay,
  route,
} from './index.ts'
import { type PipelineResult, runPipeline } from './pipeline.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const wire: DestinationDescriptor<BytesLike> = { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }
type Ward = { readonly name: string; beds: number }
type Capabilities = { readonly wards: { find(code: string): Promise<Ward> } }

const definition = route<Capabilities>('wards', facts)
  .from(relay())
  .map('text', raw => new TextDecoder().decode(raw.bytes))
  .call(
    'ward',
    async (text, { wards }) => {
      const ward = await wards.find(text[0] ?? '')
      ward.beds += 1
      return `${text}:${ward.name}:${ward.beds}`
    },
    { cache: { key: text => (text.startsWith('-') ? undefined : text[0]), ttl: '10s', max: 2 } },
  )
  .to('out', wire)
  .onError({ deadLetter: 'x' })

/** A running route with a clock of its own; `asked` lists the questions that got through. */
function running(find: (code: string) => Promise<Ward> = async code => ({ name: `ward ${code}`, beds: 0 })) {
  const asked: string[] = []
  const clock = { ms: 0 }
  const caches = new CallCaches(() => clock.ms)
  const capabilities: Capabilities = {
    wards: {
      find: async code => {
        asked.push(code)
        return await find(code)
      },
    },
  }
  const run = async (text: string, recorded?: PipelineResult['calls']): Promise<PipelineResult> =>
    await runPipeline({
      definition,
      item: encodeBytes(text),
      messageId: 1,
      capabilities,
      caches,
      ...(recorded === undefined ? {} : { recorded }),
    })
  return { asked, clock, run }
}

function textOf(result: PipelineResult | undefined): string {
  assert.ok(result?.ok)
  return new TextDecoder().decode(result.outputs[0]?.encoded.bytes)
}

test('an answer serves every item with the same key, each with its own copy', async () => {
  const { asked, run } = running()
  assert.equal(textOf(await run('a1')), 'a1:ward a:1')
  assert.equal(textOf(await run('a2')), 'a2:ward a:1')
  assert.equal(textOf(await run('b1')), 'b1:ward b:1')
  assert.deepEqual(asked, ['a', 'b'])
})

test('an answer from the cache is recorded like one that was asked for, so a replay is the same', async () => {
  const { asked, clock, run } = running()
  await run('a1')
  const hit = await run('a2')
  assert.deepEqual(hit.calls, [{ step: 'ward', capability: 'wards.find', result: { name: 'ward a', beds: 0 } }])
  clock.ms = 60_000
  await run('a3', hit.calls)
  assert.deepEqual(asked, ['a'])
})

test('after its time, or when it has made room, an answer is asked for again', async () => {
  const { asked, clock, run } = running()
  await run('a1')
  clock.ms = 9_999
  await run('a2')
  clock.ms = 10_000
  await run('a3')
  assert.deepEqual(asked, ['a', 'a'])
  for (const text of ['b', 'a', 'c', 'a', 'b']) await run(text)
  assert.deepEqual(asked, ['a', 'a', 'b', 'c', 'b'])
})

test('an item without a key always asks', async () => {
  const { asked, run } = running()
  await run('-')
  await run('-')
  assert.equal(asked.length, 2)
})

test('those that ask for one key at the same time share one question', async () => {
  const gate = Promise.withResolvers<Ward>()
  const { asked, run } = running(() => gate.promise)
  const all = ['a1', 'a2', 'a3'].map(text => run(text))
  gate.resolve({ name: 'A', beds: 0 })
  assert.deepEqual((await Promise.all(all)).map(textOf), ['a1:A:1', 'a2:A:1', 'a3:A:1'])
  assert.deepEqual(asked, ['a'])
})

test('a failure is not kept; one that all would have had is shared by those that waited', async () => {
  let down = true
  const { asked, run } = running(async () => {
    await new Promise(resolve => setImmediate(resolve))
    if (down) throw new SambandError({ code: 'down', category: 'unavailable', message: 'down' })
    return { name: 'A', beds: 0 }
  })
  const all = await Promise.all(['a1', 'a2', 'a3'].map(text => run(text)))
  assert.ok(all.every(result => !result.ok && result.error.code === 'down'))
  assert.deepEqual(asked, ['a'])
  down = false
  assert.equal(textOf(await run('a4')), 'a4:A:1')
})

test('a failure of its own leaves the question to the next one that waits', async () => {
  let first = true
  const { asked, run } = running(async () => {
    await new Promise(resolve => setImmediate(resolve))
    if (!first) return { name: 'A', beds: 0 }
    first = false
    throw new SambandError({ code: 'odd', category: 'incorrect', message: 'odd' })
  })
  const [one, ...others] = await Promise.all(['a1', 'a2', 'a3'].map(text => run(text)))
  assert.equal(one?.ok, false)
  assert.deepEqual(others.map(textOf), ['a2:A:1', 'a3:A:1'])
  assert.deepEqual(asked, ['a', 'a'])
})

test('an answer that is no plain data cannot be kept, and says so', async () => {
  const { run } = running(async () => ({ name: 'A', beds: 0, open: () => true }))
  const result = await run('a')
  assert.ok(!result.ok)
  assert.equal(result.error.code, 'call-answer-not-plain')
})

test('the key that was unused for longest makes room', () => {
  const cache = new CallCache({ ttlMs: 100, entriesMax: 2 })
  cache.set('a', [], 0)
  cache.set('b', [], 0)
  assert.deepEqual(cache.get('a', 1), [])
  cache.set('c', [], 2)
  assert.equal(cache.get('b', 3), undefined)
  assert.equal(cache.size, 2)
  assert.equal(cache.get('a', 100), undefined)
  assert.equal(cache.size, 1)
})
