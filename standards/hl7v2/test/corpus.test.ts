import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMllpDecoder, leavesOf, parse, parseBatch, parsePath, quickHeader } from '../src/index.ts'
import type { Message } from '../src/index.ts'
import { corpusMessages, corpusMissing, malformedFiles } from './corpus.ts'

const encoder = new TextEncoder()
const messages = corpusMessages()
const skip = corpusMissing

function parsed(bytes: Uint8Array, source: string): Message {
  const result = parse(bytes)
  assert.ok(result.ok, `${source}: ${JSON.stringify(result.issues)}`)
  return result.message
}

test('the corpus is there', { skip }, () => {
  assert.ok(messages.length > 500)
})

test('every message of the corpus is recognised and formats to the same bytes', { skip }, () => {
  for (const { source, message } of messages) {
    const bytes = encoder.encode(message)
    assert.deepEqual(parsed(bytes, source).format(), bytes, source)
    assert.equal(parsed(bytes, source).toString(), message, source)
  }
})

test('reading every path changes no byte, even when the message is put together again', { skip }, () => {
  for (const { source, message } of messages) {
    const bytes = encoder.encode(message)
    const read = parsed(bytes, source)
    for (const leaf of leavesOf(read)) assert.equal(typeof leaf.text, 'string')
    const copy = read.clone()
    assert.deepEqual(copy.format(), bytes, source)
    copy.add('ZZZ', { 1: 'x' })
    copy.remove('ZZZ')
    assert.ok(copy.touched)
    const end = /[\r\n]$/.test(message) ? '' : copy.lineEnd
    assert.equal(new TextDecoder('utf-8', { ignoreBOM: true }).decode(copy.format()), message + end, source)
  }
})

test('setting what was read changes no byte on any path', { skip }, () => {
  let checked = 0
  for (const { source, message } of messages) {
    const original = parsed(encoder.encode(message), source)
    const copy = original.clone()
    for (const leaf of leavesOf(original)) {
      const path = parsePath(leaf.path)
      if (!path.ok) continue
      assert.equal(original.text(path.path), leaf.text, `${source} ${leaf.path}`)
      copy.set(path.path, leaf.text)
      checked++
    }
    assert.equal(copy.toString(), message, source)
  }
  assert.ok(checked > 10_000, String(checked))
})

test('what is written anew reads the same', { skip }, () => {
  for (const { source, message } of messages) {
    const copy = parsed(encoder.encode(message), source)
    const leaves = [...leavesOf(copy)]
    for (const leaf of leaves) {
      const path = parsePath(leaf.path)
      if (!path.ok || leaf.segment.isDelimiterField(leaf.field)) continue
      if (copy.delimiters.escape === undefined) continue
      const text = leaf.text
      copy.set(path.path, 'x').set(path.path, text)
      assert.equal(copy.text(path.path), text, `${source} ${leaf.path}`)
    }
    for (const [index, leaf] of [...leavesOf(copy)].entries()) assert.equal(leaf.text, leaves[index]?.text, source)
  }
})

test('the quick header agrees with the parsed message', { skip }, () => {
  for (const { source, message } of messages) {
    const bytes = encoder.encode(message)
    const full = parsed(bytes, source)
    const quick = quickHeader(bytes)
    assert.equal(quick.controlId, full.controlId, source)
    assert.equal(quick.type, full.type, source)
    assert.equal(quick.version, full.version, source)
    assert.equal(quick.sendingApplication, full.raw('MSH-3') ?? '', source)
    assert.equal(quick.acceptAcknowledgement, full.text('MSH-15') ?? '', source)
    assert.equal(quick.patientId, full.text('PID-3.1') ?? '', source)
  }
})

test('malformed files are values: no exception, and every byte comes back', { skip }, () => {
  for (const { name, bytes } of malformedFiles()) {
    const result = parse(bytes)
    if (result.ok) {
      assert.deepEqual(result.message.format(), bytes, name)
      assert.deepEqual(result.message.clone().set('MSH-10', result.message.controlId).toString().length > 0, true)
      for (const leaf of leavesOf(result.message)) assert.equal(typeof leaf.text, 'string')
    } else assert.ok(result.issues.length > 0, name)
    quickHeader(bytes)
    parseBatch(bytes)
    const decoder = createMllpDecoder()
    decoder.push(bytes)
    decoder.end()
  }
})
