import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from './commands.ts'

test('a command is read from a line of JSON or from a message', () => {
  assert.deepEqual(parseCommand('{"command":"pause"}'), { command: 'pause' })
  assert.deepEqual(parseCommand({ command: 'down', system: 'lis', seconds: 5 }), {
    command: 'down',
    system: 'lis',
    seconds: 5,
  })
  assert.deepEqual(parseCommand({ command: 'speed', messagesPerMinute: 600 }), {
    command: 'speed',
    messagesPerMinute: 600,
  })
})

test('people type words', () => {
  assert.deepEqual(parseCommand('down lis 30'), { command: 'down', system: 'lis', seconds: 30 })
  assert.deepEqual(parseCommand(' up lis '), { command: 'up', system: 'lis' })
  assert.deepEqual(parseCommand('speed 600'), { command: 'speed', messagesPerMinute: 600 })
  assert.deepEqual(parseCommand('finish'), { command: 'finish' })
})

test('what is no command is undefined, not an exception', () => {
  const inputs = [
    '',
    'down',
    'speed fast',
    'explode lis',
    '{',
    '[]',
    '{"command":"explode"}',
    '{"command":"down","system":"xyz"}',
    '{"command":"speed"}',
    null,
    7,
  ]
  for (const input of inputs) assert.equal(parseCommand(input), undefined)
})
