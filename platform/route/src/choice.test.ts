import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BytesLike, type DestinationDescriptor, drop, encodeBytes, relay, route, simulate } from './index.ts'
import type { Parser } from './parser.ts'

type Adt = { readonly kind: 'adt'; readonly text: string }
type Oru = { readonly kind: 'oru'; readonly text: string; readonly values: readonly string[] }
type Other = { readonly kind: 'other'; readonly text: string }

const facts = { version: '1.0.0', owner: 'team', purpose: 'test' }
const wire: DestinationDescriptor<BytesLike> = { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }
const parser: Parser<Adt | Oru | Other> = {
  name: 'kinds',
  parse: raw => {
    const text = new TextDecoder().decode(raw.bytes)
    const [kind, ...values] = text.split(' ')
    if (kind === 'adt') return { ok: true, value: { kind, text }, issues: [] }
    if (kind === 'oru') return { ok: true, value: { kind, text, values }, issues: [] }
    return { ok: true, value: { kind: 'other', text }, issues: [] }
  },
}
const start = () => route('choices', facts).from(relay()).parse(parser)
const nothing = { capabilities: {}, now: new Date('2026-01-01T00:00:00Z') }
const texts = (list: readonly { readonly text: string }[] | undefined) => list?.map(({ text }) => text)

const branched = start()
  .choose('by-kind', kind =>
    kind
      .when(
        'adt',
        item => item.kind === 'adt',
        adt => adt.map('shout', item => item.text.toUpperCase()).to('people', wire),
      )
      .when(
        'oru',
        item => item.kind === 'oru',
        oru => oru.split('values', item => item.values).filter('long', value => value.length > 1, drop('too short')),
      ),
  )
  .to('all', wire, { map: item => `<${item}>` })
  .onError({ deadLetter: 'x' })

test('each item takes the first branch that is for it, and goes on behind the choice', async () => {
  const lab = simulate(branched, nothing)
  const adt = await lab.send('adt a')
  assert.deepEqual(texts(adt.delivered['people']), ['ADT A'])
  assert.deepEqual(texts(adt.delivered['all']), ['<ADT A>'])
  const oru = await lab.send('oru aa b cc')
  assert.equal(oru.delivered['people'], undefined)
  assert.deepEqual(texts(oru.delivered['all']), ['<aa>', '<cc>'])
  assert.deepEqual(
    oru.delivered['all']?.map(({ child }) => child),
    ['1', '3'],
  )
  assert.deepEqual(oru.dropped, [{ step: 'by-kind/oru/long', reason: 'too short' }])
})

test('an item that no branch takes is dropped with a reason, the choice’s own or the route’s', async () => {
  const run = await simulate(branched, nothing).send('other')
  assert.deepEqual(run.dropped, [{ step: 'by-kind', reason: 'no branch of "by-kind" takes it' }])
  assert.deepEqual(run.delivered, {})
  const own = start()
    .choose('by-kind', kind =>
      kind
        .when(
          'adt',
          item => item.kind === 'adt',
          adt => adt,
        )
        .otherwise(drop('only admissions are wanted')),
    )
    .to('out', wire, { map: item => item.text })
    .onError({ deadLetter: 'x' })
  assert.deepEqual((await simulate(own, nothing).send('oru x')).dropped, [
    { step: 'by-kind', reason: 'only admissions are wanted' },
  ])
})

test('otherwise may have steps, and choices may lie in choices', async () => {
  const nested = start()
    .choose('by-kind', kind =>
      kind
        .when(
          'adt',
          item => item.kind === 'adt',
          adt => adt.map('text', item => item.text),
        )
        .otherwise(rest =>
          rest.choose('by-size', size =>
            size
              .when(
                'short',
                item => item.text.length < 6,
                short => short.map('text', item => `short ${item.text}`).to('short', wire),
              )
              .otherwise(long => long.map('text', item => `long ${item.text}`)),
          ),
        ),
    )
    .to('all', wire)
    .onError({ deadLetter: 'x' })
  const lab = simulate(nested, nothing)
  assert.deepEqual(texts((await lab.send('adt 1')).delivered['all']), ['adt 1'])
  assert.deepEqual(texts((await lab.send('x')).delivered['all']), ['short x'])
  assert.deepEqual(texts((await lab.send('x')).delivered['short']), ['short x'])
  assert.deepEqual(texts((await lab.send('oru long')).delivered['all']), ['long oru long'])
  assert.deepEqual(
    nested.destinations.map(({ name }) => name),
    ['short', 'all'],
  )
})

test('a trace says which branch was taken, and in which branch and part each step stands', async () => {
  const seen: string[] = []
  const lab = simulate(branched, {
    ...nothing,
    observer: ({ step, outcome, text, child }) =>
      seen.push(`${child ?? '-'} ${step.name} ${outcome} ${text ?? ''}`.trim()),
  })
  await lab.send('oru aa b')
  assert.deepEqual(seen, [
    '- by-kind passed oru',
    '- by-kind/oru/values passed 2 parts',
    '1 by-kind/oru/long passed',
    '1 all output',
    '2 by-kind/oru/long dropped too short',
  ])
})

test('calls in branches go on behind the choice too', async () => {
  const asking = route<{ directory: { name(of: string): Promise<string> } }>('asking', facts)
    .from(relay())
    .parse(parser)
    .choose('by-kind', kind =>
      kind
        .when(
          'oru',
          item => item.kind === 'oru',
          oru =>
            oru
              .split('values', item => item.values)
              .call('name', async (value, { directory }) => await directory.name(value)),
        )
        .otherwise(rest => rest.map('text', item => item.text)),
    )
    .map('mark', item => `${item}!`)
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const lab = simulate(asking, {
    ...nothing,
    capabilities: { directory: { name: async (of: string) => of.toUpperCase() } },
  })
  assert.deepEqual(texts((await lab.send('oru a b')).delivered['out']), ['A!', 'B!'])
  assert.deepEqual(texts((await lab.send('adt')).delivered['out']), ['adt!'])
})

test('a choice that throws fails the message at the choice', async () => {
  const broken = start()
    .choose('by-kind', kind =>
      kind.when(
        'bad',
        () => {
          throw new TypeError('secret')
        },
        items => items,
      ),
    )
    .to('out', wire, { map: item => item.text })
    .onError({ deadLetter: 'x' })
  const { failure } = await simulate(broken, nothing).send('adt')
  assert.equal(failure?.step, 'by-kind')
  assert.equal(failure.error.category, 'fault')
})

test('the children of nested splits are numbered by their place, whatever is filtered', async () => {
  const nested = start()
    .split('words', item => item.text.split(' '))
    .filter('not-b', word => word !== 'b', drop('b'))
    .split('letters', word => [...word])
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  const run = await simulate(nested, nothing).send('aa b cd')
  assert.deepEqual(
    run.delivered['out']?.map(({ text, child }) => `${child} ${text}`),
    ['1.1 a', '1.2 a', '3.1 c', '3.2 d'],
  )
})

test('a split into nothing says so', async () => {
  const empty = start()
    .split('none', () => [] as string[])
    .to('out', wire)
    .onError({ deadLetter: 'x' })
  assert.deepEqual((await simulate(empty, nothing).send('x')).dropped, [{ step: 'none', reason: 'split into nothing' }])
})

test('a choice that cannot run is refused when it is built', () => {
  const invalid = { code: 'route-invalid' }
  const all = () => true
  assert.throws(() => start().choose('none', kind => kind), invalid)
  assert.throws(() => start().choose('k', kind => kind.when('Not Kebab', all, items => items)), invalid)
  assert.throws(() => start().choose('k', kind => kind.when('otherwise', all, items => items)), invalid)
  assert.throws(() => start().choose('k', kind => kind.when('a', all, items => items).when('a', all, items => items)), {
    ...invalid,
    message: /two branches named "a"/,
  })
  assert.throws(() => start().choose('k', kind => kind.when('a', all, () => undefined as never)), {
    ...invalid,
    message: /must return the steps/,
  })
  const toOut = (name: string) =>
    start().choose('k', kind =>
      kind
        .when('a', all, items => items.to('one', wire, { map: item => item.text }))
        .when('b', all, items => items.to(name, wire, { map: item => item.text })),
    )
  assert.throws(() => toOut('one'), { ...invalid, message: /two steps named "one"/ })
  assert.throws(() => toOut('two').to('two', wire, { map: item => item.text }), invalid)
  const same = start().choose('k', kind =>
    kind.when('a', all, items => items.map('same', () => 'a')).when('b', all, items => items.map('same', () => 'b')),
  )
  assert.equal(same.to('out', wire).onError({ deadLetter: 'x' }).destinations.length, 1)
})

test('the whole tree of a graph is frozen', () => {
  const frozen = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value === wire) return
    assert.ok(Object.isFrozen(value))
    for (const inner of Object.values(value)) frozen(inner)
  }
  frozen(branched.steps)
})
