import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { drop, type RouteDefinition, relay, route, via } from '@samband/route'
import { eventually, failure, memory, notes, world, type World } from './harness.ts'

const facts = { version: '1.0.0', owner: 'team-test', purpose: 'test' }
const quick = { attempts: 3, backoff: '5ms', max: '20ms' } as const

const forward: RouteDefinition = route('forward', facts)
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .map('shout', note => ({ ...note, text: note.text.toUpperCase() }))
  .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}|${note.text}`, retry: quick })
  .onError({ deadLetter: 'forward' })

describe('the engine', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('a message is stored, mapped, delivered and accounted for', async () => {
    const engine = await w.start([forward])
    const id = await w.peers.send('in', 'anna|c1|hello')
    await w.peers.receiver('out').count(1)
    assert.equal(w.peers.receiver('out').received[0]?.text, 'anna|c1|HELLO')
    const message = await eventually(
      () => engine.message(id),
      detail => detail?.status === 'delivered',
    )
    assert.deepEqual(
      message?.timeline.map(({ kind, code }) => [kind, code]),
      [
        ['received', null],
        ['delivered', 'AA'],
      ],
    )
    const delivered = message?.timeline[1]
    const bodies = await engine.eventBodies(id, delivered?.eventId ?? 0)
    assert.equal(Buffer.from(bodies?.output?.bytes ?? []).toString(), 'anna|c1|HELLO')
    assert.equal(Buffer.from(bodies?.reply ?? []).toString(), 'ok')
    assert.equal(Buffer.from((await engine.body(id))?.bytes ?? []).toString(), 'anna|c1|hello')
    await engine.stop()
  })

  test('a message is found by patient id, control id, route, type and status', async () => {
    const engine = await w.start([forward])
    const id = await w.peers.send('in', 'berit|c2|x')
    await eventually(
      () => engine.message(id),
      detail => detail?.status === 'delivered',
    )
    for (const search of [
      { patientId: 'berit' },
      { controlId: 'c2' },
      { patientId: 'berit', route: 'forward', type: 'NOTE', status: 'delivered' as const },
    ]) {
      assert.deepEqual(
        (await engine.searchMessages(search)).items.map(item => item.id),
        [id],
        JSON.stringify(search),
      )
    }
    assert.equal((await engine.searchMessages({ patientId: 'nobody' })).items.length, 0)
    assert.equal((await engine.searchMessages({ type: 'OTHER' })).items.length, 0)
    await engine.stop()
  })

  test('pages of a search follow each other without gaps', async () => {
    const engine = await w.start([forward])
    const ids = await Promise.all(Array.from({ length: 25 }, (_, i) => w.peers.send('in', `cilla|p${i}|x`)))
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = await engine.searchMessages({
        patientId: 'cilla',
        limit: 10,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...page.items.map(item => item.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    assert.deepEqual(
      seen,
      ids.toSorted((a, b) => b - a),
    )
    await engine.stop()
  })
})

describe('failing deliveries', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('a busy receiver is tried again, and only its key waits', async () => {
    const engine = await w.start([forward])
    const out = w.peers.receiver('out')
    let failures = 0
    const { promise: quickCame, resolve: came } = Promise.withResolvers<void>()
    out.answer = async text => {
      if (text.startsWith('quick')) came()
      if (!text.startsWith('slow') || failures === 2) return
      failures += 1
      // What waits holds up only its own key: the other one passes meanwhile.
      await quickCame
      throw failure('busy')
    }
    const slow = await w.peers.send('in', 'slow|1|a')
    await w.peers.send('in', 'slow|2|b')
    await w.peers.send('in', 'quick|3|c')
    await out.count(3)
    assert.equal(out.received[0]?.key, 'quick')
    assert.deepEqual(
      out.received.filter(({ key }) => key === 'slow').map(({ text }) => text.split('|')[1]),
      ['1', '2'],
    )
    const detail = await eventually(
      () => engine.message(slow),
      message => message?.status === 'delivered',
    )
    assert.equal(detail?.timeline.filter(({ kind }) => kind === 'attempt-failed').length, 2)
    await engine.stop()
  })

  test('incorrect content becomes a dead letter at once, grouped by cause, and can be replayed', async () => {
    const engine = await w.start([forward])
    const out = w.peers.receiver('out')
    out.received.length = 0
    out.answer = async () => {
      throw Object.assign(failure('incorrect', 'ack-ae'), { reply: { code: 'AE', bytes: Buffer.from('no such ward') } })
    }
    const ids = await Promise.all(['1', '2', '3'].map(n => w.peers.send('in', `dora|${n}|x`)))
    const groups = await eventually(
      () => engine.deadLetterGroups({}),
      list => list[0]?.count === 3,
    )
    assert.equal(groups[0]?.key, 'forward/out:ack-ae')
    const dead = (await engine.deadLetters({})).items[0]
    const answer = await engine.eventBodies(dead?.messageId ?? 0, dead?.eventId ?? 0)
    assert.equal(Buffer.from(answer?.reply ?? []).toString(), 'no such ward')
    const request = {
      verb: 'reprocess' as const,
      select: { deadLetterGroup: groups[0]?.key ?? '' },
      reason: 'receiver mended',
    }
    assert.equal((await engine.previewJob(request)).count, 3)
    await assert.rejects(engine.startJob({ ...request, confirmCount: 2 }, { name: 'op' }), {
      code: 'count-not-confirmed',
    })
    out.answer = () => undefined
    const job = await engine.startJob({ ...request, confirmCount: 3 }, { name: 'op' })
    await out.count(3)
    assert.deepEqual(
      out.received.map(({ text }) => text.split('|')[1]),
      ['1', '2', '3'],
    )
    await eventually(
      () => engine.jobs(),
      jobs => jobs.find(({ id }) => id === job.id)?.state === 'done',
    )
    await eventually(
      () => engine.deadLetterGroups({}),
      list => list.length === 0,
    )
    const detail = await engine.message(ids[0] ?? 0)
    assert.deepEqual(
      detail?.timeline.map(({ kind, actor }) => [kind, actor]),
      [
        ['received', null],
        ['dead', null],
        ['reprocess', 'op'],
        ['delivered', null],
      ],
    )
    await engine.stop()
  })

  test('an unreachable receiver costs no attempts, and everything arrives in order once it is back', async () => {
    const engine = await w.start([forward], { limits: { outputsInMemoryMax: 10 } })
    const out = w.peers.receiver('out')
    out.received.length = 0
    let down = true
    out.answer = async () => {
      if (down) throw failure('unavailable')
    }
    const keys = ['e1', 'e2', 'e3']
    for (let n = 0; n < 90; n += 1) await w.peers.send('in', `${keys[n % 3]}|${n}|x`)
    await eventually(
      async () => engine.routes()[0]?.destinations[0]?.waiting,
      waiting => waiting === 90,
    )
    const page = await engine.searchMessages({ status: 'waiting', limit: 5 })
    assert.deepEqual(page.items[0]?.destinations, [{ name: 'out', part: 0, status: 'waiting', attempts: 0 }])
    await eventually(
      async () => engine.routes()[0]?.destinations[0]?.circuit,
      circuit => circuit !== 'closed',
    )
    down = false
    await out.count(90)
    for (const key of keys) {
      const order = out.received.filter(item => item.key === key).map(({ text }) => Number(text.split('|')[1]))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      assert.equal(order.length, 30)
    }
    assert.equal((await engine.deadLetterGroups({})).length, 0)
    await engine.stop()
  })

  test('a held message keeps its place until an operator decides', async () => {
    const hold = route('hold', facts)
      .from(memory('in'))
      .parse(notes)
      .orderBy(note => note.key)
      .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}`, retry: quick, onExhausted: 'hold' })
      .onError({ deadLetter: 'hold' })
    const engine = await w.start([hold])
    const out = w.peers.receiver('out')
    out.received.length = 0
    out.answer = async text => {
      if (text === 'finn|1') throw failure('incorrect')
    }
    const first = await w.peers.send('in', 'finn|1|x')
    const second = await w.peers.send('in', 'finn|2|x')
    await eventually(
      () => engine.message(first),
      message => message?.status === 'held',
    )
    assert.equal((await engine.message(second))?.status, 'waiting')
    await engine.act('discard', first, { reason: 'wrong patient' }, { name: 'op' })
    await out.count(1)
    assert.equal(out.received[0]?.text, 'finn|2')
    assert.equal((await engine.message(first))?.status, 'discarded')
    await engine.stop()
  })
})

describe('steps', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('what a filter drops is kept with its reason', async () => {
    const filtering = route('filtering', facts)
      .from(memory('in'))
      .parse(notes)
      .filter('wanted', note => (note.text === 'no' ? drop('not wanted') : true))
      .to('out', memory('out'), { map: note => note.text })
      .onError({ deadLetter: 'x' })
    const engine = await w.start([filtering])
    const id = await w.peers.send('in', 'a|1|no')
    const detail = await eventually(
      () => engine.message(id),
      message => message?.status === 'filtered',
    )
    assert.equal(detail?.timeline[1]?.text, 'not wanted')
    assert.equal(detail?.timeline[1]?.step, 'wanted')
    await engine.stop()
  })

  test('a step that throws makes a dead letter, quotes no data, and is run again on reprocess', async () => {
    let broken = true
    const throwing = route('throwing', facts)
      .from(memory('in'))
      .parse(notes)
      .map('bug', note => {
        if (broken) throw new TypeError(`cannot read ${note.key}`)
        return note.text
      })
      .to('out', memory('out'))
      .onError({ deadLetter: 'x' })
    const engine = await w.start([throwing])
    const id = await w.peers.send('in', 'secret|1|fine')
    const detail = await eventually(
      () => engine.message(id),
      message => message?.status === 'dead',
    )
    assert.equal(detail?.timeline[1]?.step, 'bug')
    assert.doesNotMatch(JSON.stringify(detail), /secret/)
    broken = false
    await engine.act('reprocess', id, { reason: 'mended' }, { name: 'op' })
    await w.peers.receiver('out').count(1)
    await eventually(
      () => engine.message(id),
      message => message?.status === 'delivered',
    )
    await engine.stop()
  })

  test('what cannot be parsed is a dead letter of the step parse', async () => {
    const engine = await w.start([forward])
    const id = await w.peers.send('in', 'nonsense')
    const detail = await eventually(
      () => engine.message(id),
      message => message?.status === 'dead',
    )
    assert.equal(detail?.timeline[1]?.code, 'note-malformed')
    await engine.stop()
  })

  test('a duplicate is stored, acknowledged and dropped, also after a restart', async () => {
    const deduped = route('deduped', facts)
      .from(memory('in'))
      .parse(notes)
      .dedupe({ key: note => note.controlId, window: '7d' })
      .to('out', memory('other'), { map: note => note.controlId })
      .onError({ deadLetter: 'x' })
    const first = await w.start([deduped])
    await w.peers.send('in', 'a|same|1')
    const again = await w.peers.send('in', 'a|same|2')
    const detail = await eventually(
      () => first.message(again),
      message => message?.status === 'duplicate',
    )
    assert.equal(detail?.destinations.length, 0)
    await first.stop()
    const second = await w.start([deduped])
    const later = await w.peers.send('in', 'a|same|3')
    await eventually(
      () => second.message(later),
      message => message?.status === 'duplicate',
    )
    assert.equal(w.peers.receiver('other').received.length, 1)
    await second.stop()
  })

  test('a split delivers every part in order and settles the message when all are', async () => {
    const splitting = route('splitting', facts)
      .from(memory('in'))
      .parse(notes)
      .split('words', note => note.text.split(' '))
      .to('out', memory('second'))
      .onError({ deadLetter: 'x' })
    const engine = await w.start([splitting])
    const id = await w.peers.send('in', 'a|1|one two three')
    const detail = await eventually(
      () => engine.message(id),
      message => message?.status === 'delivered',
    )
    assert.equal(detail?.destinations.length, 3)
    assert.deepEqual(
      w.peers.receiver('second').received.map(({ text }) => text),
      ['one', 'two', 'three'],
    )
    await engine.stop()
  })

  test('calls get their capabilities, keep the order of their key, and are not repeated by a trace', async () => {
    let asked = 0
    const directory = {
      async lookup(key: string): Promise<string> {
        asked += 1
        await new Promise(resolve => setTimeout(resolve, asked === 1 ? 30 : 1))
        return `${key}!`
      },
    }
    const calling = route<{ directory: typeof directory }>('calling', facts)
      .from(memory('in'))
      .parse(notes)
      .orderBy(note => note.key)
      .call('look-up', async (note, { directory: found }) => ({ ...note, name: await found.lookup(note.key) }))
      .to('out', memory('out'), { map: note => `${note.name}${note.controlId}` })
      .onError({ deadLetter: 'x' })
    const engine = await w.start([calling], { capabilities: { directory } })
    const out = w.peers.receiver('out')
    out.received.length = 0
    const ids = await Promise.all([1, 2, 3].map(n => w.peers.send('in', `g|${n}|x`)))
    await out.count(3)
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['g!1', 'g!2', 'g!3'],
    )
    const trace = await eventually(
      () => engine.trace(ids[0] ?? 0),
      found => found?.steps.at(-1)?.outcome === 'output',
    )
    assert.equal(trace?.exact, true)
    assert.equal(asked, 3)
    await engine.stop()
  })

  test('a message goes via another route, linked to where it came from', async () => {
    const second = route('second', facts)
      .from(relay())
      .parse(notes)
      .to('out', memory('second'), { map: note => note.text })
      .onError({ deadLetter: 'x' })
    const first = route('first', facts).from(memory('in')).to('next', via(second)).onError({ deadLetter: 'x' })
    const engine = await w.start([first, second])
    w.peers.receiver('second').received.length = 0
    const id = await w.peers.send('in', 'a|1|through')
    await w.peers.receiver('second').count(1)
    const detail = await eventually(
      () => engine.message(id),
      message => message?.status === 'delivered' && message.descendants.length === 1,
    )
    assert.equal((await engine.message(detail?.descendants[0]?.messageId ?? 0))?.route, 'second')
    await engine.stop()
  })
})

describe('a restart', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('delivers what was owed, in order, before anything new of the same key', async () => {
    const out = w.peers.receiver('out')
    out.answer = async () => {
      throw failure('unavailable')
    }
    const first = await w.start([forward], { limits: { outputsInMemoryMax: 5 } })
    for (let n = 0; n < 40; n += 1) await w.peers.send('in', `k${n % 2}|${n}|x`)
    await first.stop()
    out.answer = () => undefined
    const second = await w.start([forward])
    await w.peers.send('in', 'k0|40|x')
    await out.count(41)
    for (const key of ['k0', 'k1']) {
      const order = out.received.filter(item => item.key === key).map(({ text }) => Number(text.split('|')[1]))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
    }
    assert.equal(new Set(out.received.map(({ text }) => text)).size, 41)
    assert.ok(out.received[0]?.outgoing.mayBeRepeated)
    await second.stop()
    const third = await w.start([forward])
    await third.stop()
    assert.equal(out.received.length, 41)
  })

  test('only the destination that still owes gets the message', async () => {
    const fanOut = route('fan-out', facts)
      .from(memory('in'))
      .parse(notes)
      .to('out', memory('second'), { map: note => note.text })
      .to('other', memory('other'), { map: note => note.text, retry: quick })
      .onError({ deadLetter: 'x' })
    const other = w.peers.receiver('other')
    other.answer = async () => {
      throw failure('unavailable')
    }
    const first = await w.start([fanOut])
    const id = await w.peers.send('in', 'a|1|only once')
    await eventually(
      () => first.message(id),
      message => message?.destinations.some(({ status }) => status === 'delivered') === true,
    )
    await first.stop()
    other.answer = () => undefined
    const second = await w.start([fanOut])
    await other.count(1)
    await eventually(
      () => second.message(id),
      message => message?.status === 'delivered',
    )
    assert.equal(w.peers.receiver('second').received.length, 1)
    await second.stop()
  })
})

describe('verbs', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  test('reinject, edit, resend and redirect each leave their mark on the message', async () => {
    const two = route('two', facts)
      .from(memory('in'))
      .parse(notes)
      .to('out', memory('out'), { map: note => note.text })
      .to('other', memory('other'), { map: note => note.text, when: () => false })
      .onError({ deadLetter: 'x' })
    const engine = await w.start([two])
    const out = w.peers.receiver('out')
    const other = w.peers.receiver('other')
    const by = { name: 'op' }
    const id = await w.peers.send('in', 'a|1|first')
    await eventually(
      () => engine.message(id),
      message => message?.status === 'delivered',
    )
    const reinjected = await engine.act('reinject', id, { reason: 'again' }, by)
    await out.count(2)
    const edited = await engine.act(
      'edit',
      id,
      { reason: 'typo', bodyBase64: Buffer.from('a|1|better').toString('base64') },
      by,
    )
    await out.count(3)
    await engine.act('resend', id, { reason: 'lost', destination: 'out' }, by)
    await out.count(4)
    await eventually(
      () => engine.message(id),
      message => message?.status === 'delivered',
    )
    await engine.act('redirect', id, { reason: 'moved', destination: 'out', target: 'two/other' }, by)
    await other.count(1)
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['first', 'first', 'better', 'first'],
    )
    assert.equal(other.received[0]?.text, 'first')
    const detail = await eventually(
      () => engine.message(id),
      message => message?.timeline.at(-1)?.kind === 'delivered' && message.timeline.at(-1)?.destination === 'two/other',
    )
    assert.deepEqual(
      detail?.timeline.map(({ kind }) => kind),
      ['received', 'delivered', 'reinjected', 'edited', 'resent', 'delivered', 'redirected', 'delivered'],
    )
    assert.deepEqual(
      detail?.descendants.map(({ messageId, verb }) => [messageId, verb]),
      [
        [reinjected.newMessageId, 'reinject'],
        [edited.newMessageId, 'edit'],
      ],
    )
    await assert.rejects(engine.act('resend', id, { reason: ' ' }, by), { code: 'reason-missing' })
    await assert.rejects(engine.act('reprocess', id, { reason: 'x' }, by), { code: 'nothing-to-reprocess' })
    await assert.rejects(engine.act('redirect', id, { reason: 'x', target: 'nowhere' }, by), { code: 'target-unknown' })
    await assert.rejects(engine.act('resend', 12345, { reason: 'x' }, by), { code: 'message-unknown' })
    await engine.stop()
  })
})
