import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildAck,
  buildRejection,
  createMllpDecoder,
  headerOf,
  leavesOf,
  parse,
  parseBatch,
  quickHeader,
} from '../src/index.ts'
import { corpusMessages, corpusMissing } from './corpus.ts'
import { createRandom, mutate } from './mutation.ts'

const MUTATIONS = Number(process.env['HL7V2_MUTATIONS'] ?? 1_000)
const SEED = Number(process.env['HL7V2_SEED'] ?? 1)
const INIT = {
  code: 'AE',
  controlId: 'A1',
  now: new Date(0),
  text: 'reason – æ',
  errors: [{ code: '101', path: 'PID-3.1' }, { code: '207' }],
} as const

function check(bytes: Uint8Array): void {
  const quick = quickHeader(bytes)
  const result = parse(bytes)
  buildRejection(bytes, INIT).format()
  parseBatch(bytes)
  const mllp = createMllpDecoder()
  mllp.push(bytes)
  mllp.end()
  assert.equal(quick.recognised, result.ok)
  if (!result.ok) return
  const m = result.message
  const copy = m.clone()
  for (const leaf of leavesOf(m))
    if (leaf.field > 2) leaf.segment.text(`${leaf.field}[${leaf.repetition}].${leaf.component}`)
  copy.add('ZZZ')
  copy.remove('ZZZ')
  assert.deepEqual(copy.format().slice(0, bytes.length), bytes)
  const { readAs: _, ...facts } = headerOf(m)
  const { readAs: __, ...quickFacts } = quick
  assert.deepEqual(quickFacts, facts)
  buildAck(m, INIT).format()
}

test(`${MUTATIONS} damaged messages: no exception, no lost byte, and the quick header agrees`, {
  skip: corpusMissing,
}, t => {
  const random = createRandom(SEED)
  const originals = corpusMessages().map(({ message }) => new TextEncoder().encode(message))
  for (let i = 0; i < MUTATIONS; i++) {
    const original = originals[random(originals.length)]
    if (original === undefined) continue
    const bytes = mutate(original, random)
    try {
      check(bytes)
    } catch (error) {
      t.diagnostic(`seed ${SEED}, mutation ${i}: ${JSON.stringify(String.fromCharCode(...bytes))}`)
      throw error
    }
  }
})
