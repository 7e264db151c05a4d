import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  AggregateState,
  type BytesLike,
  continuePipeline,
  type DestinationDescriptor,
  encodeBytes,
  type Parser,
  relay,
  route,
  runPipeline,
  simulate,
} from './index.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const wire: DestinationDescriptor<BytesLike> = { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }
const words: Parser<string[]> = {
  name: 'words',
  parse: raw => ({ ok: true, value: new TextDecoder().decode(raw.bytes).split(' '), issues: [] }),
}
const start = () => route('groups', facts).from(relay()).parse(words)
const nothing = { capabilities: {}, now: new Date('2026-01-01T00:00:00Z') }
const texts = (list: readonly { readonly text: string }[] | undefined) => list?.map(({ text }) => text)
const key = (list: readonly string[]): string | undefined => list[0]
const combine = (lists: readonly (readonly string[])[]): string => lists.map(list => list[1]).join('+')

const pairs = start()
  .aggregate('pair', { key, count: 2, timeout: '1m', combine })
  .to('out', wire)
  .onError({ deadLetter: 'x' })
const stateOf = (options: { count?: number; groupsMax?: number; membersMax?: number }) =>
  new AggregateState(
    start()
      .aggregate('g', { key, timeout: '1m', combine, ...options })
      .to('out', wire)
      .onError({ deadLetter: 'x' }),
  )
const member = (messageId: number, part = 0, receivedMs = 0) => ({
  messageId,
  part,
  item: `${messageId}.${part}`,
  receivedMs,
})

test('items of one key wait for each other, and go on as one', async () => {
  const lab = simulate(pairs, nothing)
  const first = await lab.send('a 1')
  assert.deepEqual(first.joined, [{ step: 'pair', key: 'a', part: 0 }])
  assert.deepEqual(first.delivered, {})
  assert.deepEqual((await lab.send('b 1')).delivered, {})
  const second = await lab.send('a 2')
  assert.deepEqual(texts(second.delivered['out']), ['1+2'])
  assert.deepEqual(second.released, [{ step: 'pair', key: 'a', reason: 'count', members: 2 }])
})

test('what stays alone goes on when its time is over, and not before', async () => {
  const lab = simulate(pairs, nothing)
  await lab.send('a 1')
  assert.deepEqual((await lab.advance('59s')).released, [])
  const later = await lab.advance('1s')
  assert.deepEqual(texts(later.delivered['out']), ['1'])
  assert.equal(later.released[0]?.reason, 'timeout')
  assert.deepEqual((await lab.advance('1d')).released, [])
})

test('parts of one message may be members of several groups', async () => {
  const split = start()
    .split('each', list => list.map(word => [word[0] ?? '', word]))
    .aggregate('by-letter', { key, timeout: '1m', combine })
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const lab = simulate(split, nothing)
  const run = await lab.send('a1 b1 a2')
  assert.deepEqual(run.joined, [
    { step: 'by-letter', key: 'a', part: 0, child: '1' },
    { step: 'by-letter', key: 'b', part: 1, child: '2' },
    { step: 'by-letter', key: 'a', part: 2, child: '3' },
  ])
  await lab.send('b2')
  assert.deepEqual(texts((await lab.advance('1m')).delivered['out']), ['a1+a2', 'b1+b2'])
})

test('an aggregate in a branch goes on in its branch, then behind the choice', async () => {
  const branch = start()
    .choose('by-kind', kind =>
      kind
        .when(
          'pairs',
          list => list[0] === 'p',
          items =>
            items
              .aggregate('pair', { key, count: 2, combine })
              .map('mark', text => `(${text})`)
              .to('paired', wire),
        )
        .otherwise(items => items.map('text', list => list.join(' '))),
    )
    .to('all', wire)
    .onError({ deadLetter: 'x' })
  const lab = simulate(branch, nothing)
  assert.deepEqual(texts((await lab.send('x y')).delivered['all']), ['x y'])
  assert.deepEqual((await lab.send('p 1')).delivered, {})
  const run = await lab.send('p 2')
  assert.deepEqual(texts(run.delivered['paired']), ['(1+2)'])
  assert.deepEqual(texts(run.delivered['all']), ['(1+2)'])
  assert.equal(run.released[0]?.step, 'by-kind/pairs/pair')
})

test('an item has a number of its own among all that its message lets join, at whichever step', async () => {
  const two = start()
    .split('each', list => list)
    .choose('by-letter', letter =>
      letter
        .when(
          'a',
          word => word.startsWith('a'),
          items => items.aggregate('g', { key: word => word, timeout: '1m', combine: list => list.join() }),
        )
        .otherwise(rest => rest.aggregate('g', { key: word => word, timeout: '1m', combine: list => list.join() })),
    )
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const { joined } = await simulate(two, nothing).send('a1 b1 a2')
  assert.deepEqual(
    joined.map(({ step, part }) => [step, part]),
    [
      ['by-letter/a/g', 0],
      ['by-letter/otherwise/g', 1],
      ['by-letter/a/g', 2],
    ],
  )
})

test('an item without a key fails: it would wait in a stranger’s group', async () => {
  const { failure } = await simulate(pairs, nothing).send('')
  assert.equal(failure?.step, 'pair')
  assert.equal(failure.error.code, 'aggregate-key-missing')
  assert.equal(failure.error.category, 'incorrect')
})

test('what combine throws fails the group at the aggregate', async () => {
  const definition = start()
    .aggregate('g', {
      key,
      count: 1,
      combine: () => {
        throw new TypeError('secret')
      },
    })
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const { failure } = await simulate(definition, nothing).send('a 1')
  assert.equal(failure?.step, 'g')
  assert.equal(failure.error.category, 'fault')
})

test('a released group may ask capabilities, and its answers replay', async () => {
  let asked = 0
  const capabilities = { clock: { year: async () => (asked += 1) } }
  const definition = route<typeof capabilities>('asks', facts)
    .from(relay())
    .parse(words)
    .aggregate('g', { key, count: 2, combine })
    .call('year', async (text, { clock }) => `${text} ${await clock.year()}`)
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const group = { step: 'g', members: [member(1), member(2)].map((one, n) => ({ ...one, item: ['a', `${n}`] })) }
  const input = { definition, messageId: 2, capabilities, group, child: 'group-0', partBase: 7 }
  const first = await continuePipeline(input)
  assert.ok(first.ok)
  assert.equal(first.outputs[0]?.part, 7)
  const { calls } = first
  assert.deepEqual(calls, [{ step: 'year', child: 'group-0', capability: 'clock.year', result: 1 }])
  const again = await continuePipeline({ ...input, recorded: calls })
  assert.ok(again.ok)
  assert.equal(new TextDecoder().decode(again.outputs[0]?.encoded.bytes), '0+1 1')
  assert.equal(asked, 1)
  assert.throws(() => continuePipeline({ ...input, group: { ...group, step: 'other' } }), { code: 'step-unknown' })
})

test('a pure route with an aggregate needs no promise', () => {
  const result = runPipeline({ definition: pairs, item: ['a', '1'], messageId: 1, capabilities: {} })
  assert.ok(!(result instanceof Promise) && result.ok)
  assert.deepEqual(result.joined, [{ step: 'pair', key: 'a', part: 0, item: ['a', '1'] }])
})

test('two aggregates on one path, or one that never ends, are refused when the route is built', () => {
  const invalid = { code: 'route-invalid' }
  const second = { key: (text: string) => text, count: 2, combine: (list: readonly string[]) => list.join() }
  assert.throws(() => start().aggregate('a', { key, count: 2, combine }).aggregate('b', second), invalid)
  assert.throws(
    () =>
      start()
        .choose('c', choice =>
          choice.when(
            'x',
            () => true,
            items => items.aggregate('a', { key, count: 2, combine }),
          ),
        )
        .aggregate('b', second),
    { ...invalid, message: /second aggregate/ },
  )
  assert.throws(() => start().aggregate('a', { key, combine } as never), invalid)
  assert.throws(() => start().aggregate('a', { key, count: 0, combine }), invalid)
  assert.throws(() => start().aggregate('a', { key, count: 20, membersMax: 10, combine }), invalid)
  const both = start().choose('c', choice =>
    choice
      .when(
        'x',
        () => true,
        items => items.aggregate('a', { key, count: 2, combine }),
      )
      .when(
        'y',
        () => true,
        items => items.aggregate('a', { key, count: 3, combine }),
      ),
  )
  assert.equal(both.to('out', wire).onError({ deadLetter: 'x' }).steps.length, 2)
})

test('joining again changes nothing', () => {
  const state = stateOf({ count: 2 })
  assert.equal(state.join('g', 'a', member(1)), undefined)
  assert.equal(state.join('g', 'a', member(1)), undefined)
  assert.equal(state.members, 1)
  assert.equal(state.join('g', 'a', member(2))?.members.length, 2)
  assert.equal(state.groups, 0)
})

test('the time of a group counts from when its first member was received, also when it joins late', () => {
  const state = stateOf({})
  state.join('g', 'a', member(2, 0, 30_000))
  assert.equal(state.nextDueMs(), 90_000)
  state.join('g', 'a', member(1, 0, 10_000))
  assert.equal(state.nextDueMs(), 70_000)
  assert.deepEqual(state.due(69_999), [])
  assert.deepEqual(
    state.due(70_000).map(({ members }) => members.map(({ messageId }) => messageId)),
    [[1, 2]],
  )
  assert.equal(state.nextDueMs(), undefined)
})

test('a group at its largest goes on early; one more group than may be open is refused as busy', () => {
  const state = stateOf({ membersMax: 2, groupsMax: 1 })
  state.join('g', 'a', member(1))
  assert.throws(() => state.join('g', 'b', member(2)), { code: 'aggregate-full', category: 'busy' })
  assert.equal(state.join('g', 'a', member(3))?.reason, 'members-max')
  assert.equal(state.join('g', 'b', member(2)), undefined)
  assert.throws(() => state.join('other', 'b', member(2)), { code: 'step-unknown' })
})

test('a message that was given up leaves its groups', () => {
  const state = stateOf({})
  state.join('g', 'a', member(1, 0))
  state.join('g', 'a', member(1, 1))
  state.join('g', 'a', member(2))
  state.join('g', 'b', member(1, 2))
  assert.equal(state.leave(1), 3)
  assert.equal(state.groups, 1)
  assert.equal(state.members, 1)
})

test('groups that are rebuilt in any order stand as they stood', () => {
  const joins = fc.array(fc.record({ id: fc.nat(20), part: fc.nat(3), key: fc.constantFrom('a', 'b', 'c') }), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(joins, fc.integer(), (list, seed) => {
      // A message's part has one key and one time.
      const members = new Map(
        list.map(({ id, part, key: of }) => [`${id}.${part}`, { of, ...member(id, part, id * 1000) }]),
      )
      const groupsOf = (ordered: readonly (ReturnType<typeof member> & { of: string })[]) => {
        const state = stateOf({})
        for (const { of, ...one } of ordered) state.join('g', of, one)
        return state.due(1e9).map(group => [group.key, group.members.map(({ item }) => item)])
      }
      const before = [...members.values()]
      const shuffled = before.toSorted(
        (a, b) => ((a.messageId * 31 + a.part) ^ seed) - ((b.messageId * 31 + b.part) ^ seed),
      )
      const byKey = (a: readonly unknown[], b: readonly unknown[]) => String(a[0]).localeCompare(String(b[0]))
      assert.deepEqual(groupsOf(before).toSorted(byKey), groupsOf(shuffled).toSorted(byKey))
    }),
  )
})
