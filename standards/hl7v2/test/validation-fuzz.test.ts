import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../fuzz/fuzz.ts'
import { corpusMessages, corpusMissing } from './corpus.ts'

const MUTATIONS = Number(process.env['HL7V2_MUTATIONS'] ?? 1_000)
const SEED = Number(process.env['HL7V2_SEED'] ?? 1)

test(`${MUTATIONS} damaged messages are validated without an exception or a long run`, {
  skip: corpusMissing,
}, async () => {
  const originals = corpusMessages().map(({ message }) => new TextEncoder().encode(message))
  const report = await fuzz({ originals, messages: MUTATIONS, seed: SEED, runMsMax: 50 })
  assert.deepEqual(report.failures, [])
  assert.ok(report.parsed > MUTATIONS / 2)
})
