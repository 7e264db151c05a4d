import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import {
  type BytesLike,
  type DestinationDescriptor,
  drop,
  encodeBytes,
  type Parser,
  relay,
  route,
  runPipeline,
  simulate,
} from './index.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const wire: DestinationDescriptor<BytesLike> = {
  connector: 'memory',
  endpoint: 'out',
  options: {},
  encode: encodeBytes,
}
const words: Parser<string[]> = {
  name: 'words',
  parse: raw => {
    const text = new TextDecoder().decode(raw.bytes)
    if (text === '') return { ok: false, issues: [{ code: 'empty', severity: 'error', text: 'nothing in it' }] }
    return { ok: true, value: text.split(' '), issues: [{ code: 'seen', severity: 'information', text: 'seen' }] }
  },
}
const now = new Date('2026-01-01T00:00:00Z')
const nothing = { capabilities: {}, now }

test('what would go out is shown per destination, in order', async () => {
  const lab = simulate(
    route('two', facts)
      .from(relay())
      .parse(words)
      .orderBy(list => list[0])
      .to('all', wire, { map: list => list.join('+') })
      .split('each', list => list)
      .filter('short', word => (word.length > 3 ? drop('too long') : true))
      .to('word', wire, { when: word => word !== 'b' })
      .onError({ deadLetter: 'x' }),
    nothing,
  )
  const run = await lab.send('a b long c')
  assert.deepEqual(
    run.delivered['all']?.map(({ text }) => text),
    ['a+b+long+c'],
  )
  assert.deepEqual(
    run.delivered['word']?.map(({ text }) => text),
    ['a', 'c'],
  )
  assert.deepEqual(run.dropped, [{ step: 'short', reason: 'too long' }])
  assert.equal(run.key, 'a')
  assert.equal(run.issues[0]?.code, 'seen')
})

test('a step that throws lets nothing out, not even what was ready', async () => {
  const lab = simulate(
    route('broken', facts)
      .from(relay())
      .to('before', wire)
      .map('bug', () => {
        throw new TypeError('secret')
      })
      .to('after', wire)
      .onError({ deadLetter: 'x' }),
    nothing,
  )
  const run = await lab.send('x')
  assert.deepEqual(run.delivered, {})
  assert.equal(run.failure?.step, 'bug')
  assert.equal(run.failure?.error.category, 'fault')
  assert.doesNotMatch(run.failure?.error.message ?? '', /secret/)
})

test('a second message with the same key is a duplicate within the window', async () => {
  const lab = simulate(
    route('once', facts)
      .from(relay())
      .parse(words)
      .dedupe({ key: list => list[0], window: '1d' })
      .to('out', wire, { map: list => list.join(' ') })
      .onError({ deadLetter: 'x' }),
    nothing,
  )
  assert.equal((await lab.send('a 1')).duplicate, false)
  assert.equal((await lab.send('a 2')).duplicate, true)
  assert.equal((await lab.send('b 1')).duplicate, false)
})

test('what cannot be parsed fails with every issue', async () => {
  const lab = simulate(
    route('p', facts)
      .from(relay())
      .parse(words)
      .to('out', wire, { map: () => '' })
      .onError({ deadLetter: 'x' }),
    nothing,
  )
  const run = await lab.send('')
  assert.equal(run.failure?.step, 'parse')
  assert.equal(run.issues[0]?.code, 'empty')
})

test('a call that takes too long is busy and is told to stop', async () => {
  let aborted = false
  const slow = route('slow', facts)
    .from(relay())
    .call(
      'wait',
      (item, _capabilities, { signal }) =>
        new Promise<typeof item>(() => {
          signal.addEventListener('abort', () => {
            aborted = true
          })
        }),
      { timeout: '10ms' },
    )
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const run = await simulate(slow, nothing).send('x')
  assert.equal(run.failure?.error.code, 'call-timeout')
  assert.equal(run.failure?.error.category, 'busy')
  assert.equal(aborted, true)
})

test('a replay asks no capability twice, and asks on where the first run ended', async () => {
  let asked: string[] = []
  let up = false
  const capabilities = {
    directory: { lookup: async (name: string) => (asked.push(name), `${name}!`) },
    registry: {
      check: async (name: string) => {
        if (!up) throw new SambandError({ code: 'down', category: 'unavailable', message: 'down' })
        return name.toUpperCase()
      },
    },
  }
  const definition = route<typeof capabilities>('calls', facts)
    .from(relay())
    .parse(words)
    .call('one', async (list, { directory }) => await directory.lookup(list[0] ?? ''))
    .call('two', async (name, { registry }) => await registry.check(name))
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const first = await runPipeline({ definition, item: ['a'], messageId: 1, capabilities })
  assert.equal(first.ok, false)
  assert.deepEqual(asked, ['a'])
  asked = []
  up = true
  const second = await runPipeline({ definition, item: ['a'], messageId: 1, capabilities, recorded: first.calls })
  assert.ok(second.ok)
  assert.deepEqual(asked, [])
  assert.equal(new TextDecoder().decode(second.outputs[0]?.encoded.bytes), 'A!')
})

test('destinations that map the same message do not see each other’s changes', async () => {
  class Box {
    readonly values: string[]
    constructor(values: string[]) {
      this.values = values
    }
    clone(): Box {
      return new Box([...this.values])
    }
  }
  const lab = simulate(
    route('boxes', facts)
      .from(relay())
      .map('box', () => new Box(['a']))
      .to('one', wire, { map: box => (box.values.push('one'), box.values.join()) })
      .to('two', wire, { map: box => (box.values.push('two'), box.values.join()) })
      .onError({ deadLetter: 'x' }),
    nothing,
  )
  const run = await lab.send('x')
  assert.equal(run.delivered['one']?.[0]?.text, 'a,one')
  assert.equal(run.delivered['two']?.[0]?.text, 'a,two')
})

test('on a replay each part gets its own answer, and what answered at once does so again', async () => {
  let asked = 0
  const capabilities = { counter: { now: () => (asked += 1), next: async () => (asked += 1) } }
  const definition = route<typeof capabilities>('parts', facts)
    .from(relay())
    .parse(words)
    .split('each', list => list)
    .call('count', async (word, { counter }) => `${word}${counter.now() + 0.5}${await counter.next()}`)
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const input = { definition, item: ['a', 'b'], messageId: 1, capabilities }
  const first = await runPipeline(input)
  const again = await runPipeline({ ...input, recorded: first.calls })
  assert.ok(first.ok && again.ok)
  const texts = again.outputs.map(({ encoded }) => new TextDecoder().decode(encoded.bytes))
  assert.deepEqual(texts, ['a1.52', 'b3.54'])
  assert.equal(asked, 4)
  assert.deepEqual(again.calls, first.calls)
})
