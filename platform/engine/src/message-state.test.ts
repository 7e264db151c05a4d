import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventKind } from './event-kind.ts'
import { MessageState } from './message-state.ts'

function state(...events: readonly (readonly [EventKind, string | null, number?, number?])[]): MessageState {
  return MessageState.of(
    events.map(([kind, destination, owed = 1, part = 0]) => ({ kind, destination, owed, part, attempt: 1 })),
  )
}

test('a message without events waits', () => {
  assert.equal(state().status, 'waiting')
  assert.equal(state().settled, false)
})

test('a message is delivered when every delivery it owes is', () => {
  assert.equal(state(['delivered', 'ehr', 2]).status, 'waiting')
  assert.equal(state(['delivered', 'ehr', 2], ['delivered', 'lis', 2]).status, 'delivered')
})

test('one dead delivery makes the message dead, though others still wait', () => {
  const one = state(['dead', 'ehr', 2])
  assert.equal(one.status, 'dead')
  assert.equal(one.settled, false)
})

test('a dead delivery that is resent waits again and then counts as delivered', () => {
  assert.equal(state(['dead', 'ehr'], ['resent', 'ehr']).settled, false)
  assert.equal(state(['dead', 'ehr'], ['resent', 'ehr'], ['delivered', 'ehr']).status, 'delivered')
})

test('a redirected delivery is not one of those owed', () => {
  const redirected = state(['dead', 'ehr'], ['redirected', 'archive/store'], ['discarded', 'ehr'])
  assert.equal(redirected.settled, false)
  assert.equal(state(['redirected', 'archive/store', 0], ['delivered', 'archive/store', 0]).settled, true)
})

test('a failed step is dead as a whole until it is reprocessed', () => {
  assert.equal(state(['dead', null, 0]).status, 'dead')
  assert.equal(state(['dead', null, 0], ['reprocess', null, 0]).status, 'waiting')
})

test('filtering some parts leaves the others owed', () => {
  assert.equal(state(['filtered', null, 0]).status, 'filtered')
  assert.equal(state(['filtered', null, 1], ['delivered', 'ehr', 1]).status, 'delivered')
})

test('parts of one destination are told apart', () => {
  const parts = state(['delivered', 'ehr', 2, 0], ['dead', 'ehr', 2, 1])
  assert.equal(parts.delivery('ehr', 0), 'delivered')
  assert.equal(parts.delivery('ehr', 1), 'dead')
  assert.equal(parts.settled, true)
})
