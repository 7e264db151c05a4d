import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeUtf8 } from '../charset.ts'
import { encodeMllpFrame } from '../mllp.ts'
import { createCommitSender, createMllpCommitDecoder, encodeCommitBlock } from './commit-block.ts'
import { askedAcks, createAckMatcher, isAckWanted } from './enhanced-mode.ts'
import { createSequenceReceiver, createSequenceSender, parseSequenceNumber } from './sequence-numbers.ts'

describe('MLLP release 2', () => {
  test('commit blocks are told from frames, however the stream is cut', () => {
    const stream = Buffer.concat([
      encodeCommitBlock(true),
      encodeMllpFrame(encodeUtf8('MSH|')),
      encodeCommitBlock(false),
      encodeMllpFrame(encodeUtf8('A')),
    ])
    for (const size of [1, 3, 100]) {
      const decoder = createMllpCommitDecoder()
      const kinds: string[] = []
      for (let at = 0; at < stream.length; at += size) {
        for (const event of decoder.push(stream.subarray(at, at + size)))
          kinds.push(event.kind === 'commit' ? `commit ${event.committed}` : event.kind)
      }
      assert.deepEqual(kinds, ['commit true', 'frame', 'commit false', 'frame'])
      assert.deepEqual(decoder.end(), [])
      assert.equal(decoder.inFrame, false)
    }
  })

  test('a message is sent again until it is committed or the retries are used', () => {
    const sender = createCommitSender({ retriesMax: 2 })
    assert.equal(sender.send(encodeUtf8('MSH|')).kind, 'send')
    assert.throws(() => sender.send(encodeUtf8('MSH|')), { code: 'protocol-state' })
    assert.equal(sender.receive({ kind: 'commit', committed: false }).kind, 'send')
    assert.equal(sender.timeout().kind, 'send')
    assert.deepEqual(sender.receive({ kind: 'commit', committed: false }), { kind: 'failed', reason: 'refused' })
    assert.deepEqual(sender.receive({ kind: 'commit', committed: true }), { kind: 'unexpected' })
    sender.send(encodeUtf8('MSH|'))
    assert.deepEqual(sender.receive({ kind: 'commit', committed: true }), { kind: 'committed' })
    assert.equal(sender.waiting, false)
  })
})

describe('sequence number protocol', () => {
  test('a link starts, transfers in order, and survives a lost acknowledgement', () => {
    const receiver = createSequenceReceiver()
    const sender = createSequenceSender({ nextNumber: 5 })
    assert.deepEqual(sender.start(), { kind: 'send', number: 0 })
    const start = receiver.received(0)
    assert.deepEqual(start, { kind: 'start', expected: -1 })
    assert.deepEqual(sender.answered(start.expected), { kind: 'send', number: 5 })
    sender.next()
    assert.deepEqual(receiver.received(5), { kind: 'accept', expected: 5 })
    receiver.accepted(5)
    assert.deepEqual(sender.answered(5), { kind: 'done', number: 5, duplicate: false })
    assert.deepEqual(sender.next(), { kind: 'send', number: 6 })
    receiver.accepted(6)
    // The acknowledgement was lost, and the message goes out again.
    const again = receiver.received(6)
    assert.deepEqual(again, { kind: 'duplicate', expected: 7 })
    assert.deepEqual(sender.answered(again.expected), { kind: 'done', number: 6, duplicate: true })
    assert.equal(sender.nextNumber, 7)
  })

  test('after a restart the receiver tells where to go on, and what is no longer kept freezes the link', () => {
    const one = createSequenceSender({ nextNumber: 9, kept: 2 })
    one.start()
    assert.deepEqual(one.answered(createSequenceReceiver(6).received(0).expected), { kind: 'send', number: 7 })
    const other = createSequenceSender({ nextNumber: 9, kept: 2 })
    other.start()
    assert.deepEqual(other.answered(3), { kind: 'frozen' })
    assert.deepEqual(other.start(), { kind: 'frozen' })
    assert.deepEqual(other.resynchronise(), { kind: 'send', number: -1 })
    assert.deepEqual(other.answered(createSequenceReceiver(3).received(-1).expected), { kind: 'send', number: 9 })
  })

  test('a message out of order is refused, and the sender starts again', () => {
    const receiver = createSequenceReceiver(4)
    assert.deepEqual(receiver.received(7), { kind: 'refuse', expected: 5 })
    assert.throws(() => receiver.accepted(7), { code: 'protocol-state' })
    const sender = createSequenceSender({ nextNumber: 7, kept: 5 })
    sender.start()
    sender.answered(7)
    sender.next()
    assert.deepEqual(sender.answered(5), { kind: 'restart' })
    assert.throws(() => sender.next(), { code: 'protocol-state' })
    assert.deepEqual(
      [
        parseSequenceNumber(' 12 '),
        parseSequenceNumber('-1'),
        parseSequenceNumber('-2'),
        parseSequenceNumber(undefined),
      ],
      [12, -1, undefined, undefined],
    )
  })
})

describe('enhanced mode', () => {
  const asked = (accept: string, application: string): ReturnType<typeof askedAcks> =>
    askedAcks({ acceptAcknowledgement: accept, applicationAcknowledgement: application })

  test('MSH-15 and MSH-16 say who is to answer when', () => {
    assert.deepEqual(asked('', ''), { mode: 'original', accept: 'NE', application: 'AL' })
    assert.deepEqual(asked('al', ''), { mode: 'enhanced', accept: 'AL', application: 'NE' })
    assert.deepEqual(asked('ER', 'xx'), { mode: 'enhanced', accept: 'ER', application: 'AL' })
    assert.deepEqual(
      (['AL', 'NE', 'ER', 'SU'] as const).map(wish => [isAckWanted(wish, true), isAckWanted(wish, false)]),
      [
        [true, true],
        [false, false],
        [false, true],
        [true, false],
      ],
    )
  })

  test('an accept acknowledgement is followed by the application’s, a commit error by nothing', () => {
    const matcher = createAckMatcher()
    matcher.sent('1', asked('AL', 'AL'))
    matcher.sent('2', asked('AL', 'AL'))
    matcher.sent('3', asked('AL', 'NE'))
    matcher.sent('4', asked('NE', 'NE'))
    assert.equal(matcher.awaiting, 3)
    assert.deepEqual(matcher.received({ code: 'CA', controlId: '1' }), {
      kind: 'accepted',
      controlId: '1',
      code: 'CA',
      applicationAwaited: 'AL',
    })
    assert.equal(matcher.received({ code: 'CA', controlId: '1' }).kind, 'unexpected')
    assert.deepEqual(matcher.received({ code: 'CR', controlId: '2' }), {
      kind: 'done',
      controlId: '2',
      code: 'CR',
      succeeded: false,
    })
    assert.deepEqual(matcher.received({ code: 'CA', controlId: '3' }), {
      kind: 'done',
      controlId: '3',
      code: 'CA',
      succeeded: true,
    })
    assert.deepEqual(matcher.received({ code: 'AE', controlId: '1' }), {
      kind: 'done',
      controlId: '1',
      code: 'AE',
      succeeded: false,
    })
    assert.equal(matcher.received({ code: 'AA', controlId: '1' }).kind, 'unexpected')
  })

  test('original mode ends with the first acknowledgement; waiting is bounded and can be given up', () => {
    const matcher = createAckMatcher({ awaitingMax: 2 })
    matcher.sent('1', asked('', ''))
    assert.equal(matcher.received({ code: 'CA', controlId: '1' }).kind, 'done')
    matcher.sent('1', asked('', ''))
    matcher.sent('2', asked('ER', 'ER'))
    assert.throws(() => matcher.sent('2', asked('', '')), { code: 'protocol-state' })
    assert.throws(() => matcher.sent('3', asked('', '')), { code: 'protocol-state' })
    assert.equal(matcher.forget('2'), 'accept')
    assert.equal(matcher.forget('2'), undefined)
    assert.equal(matcher.awaiting, 1)
  })
})
