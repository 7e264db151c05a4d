import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import { answeringCapabilities, type CapabilityAnswer } from './capability-answers.ts'

type Codes = { readonly codes: { readonly lookup: (code: string, more?: unknown) => Promise<unknown> } }

class Register {
  readonly #known: Readonly<Record<string, string>> = { A: 'one' }
  async lookup(code: string): Promise<string> {
    const found = this.#known[code]
    if (found === undefined) throw new SambandError({ code: 'code-unknown', category: 'not-found', message: code })
    return await Promise.resolve(found)
  }
}

async function recordedAnswers(): Promise<readonly CapabilityAnswer[]> {
  const live = { codes: new Register(), clock: () => 7 }
  const answering = answeringCapabilities({ recorded: [], known: {}, live })
  // The stand-ins have what the live ones have.
  const { codes, clock } = answering.capabilities as unknown as Codes & { readonly clock: () => number }
  assert.equal(await codes.lookup('A', AbortSignal.abort()), 'one')
  await assert.rejects(codes.lookup('B'), { code: 'code-unknown' })
  assert.equal(clock(), 7)
  return answering.asked()
}

test('what live capabilities answer is recorded as plain data, failures too', async () => {
  assert.deepEqual(await recordedAnswers(), [
    { capability: 'codes.lookup', asked: ['A', '<AbortSignal>'], answer: 'one' },
    { capability: 'codes.lookup', asked: ['B'], failed: { code: 'code-unknown', category: 'not-found' } },
    { capability: 'clock', asked: [], answer: 7, sync: true },
  ])
})

test('the same questions get the same answers, in any order, and nothing is asked of the outside', async () => {
  const recorded = JSON.parse(JSON.stringify(await recordedAnswers())) as readonly CapabilityAnswer[]
  const answering = answeringCapabilities({ recorded, known: {}, live: undefined })
  const { codes, clock } = answering.capabilities as unknown as Codes & { readonly clock: () => number }
  assert.equal(clock(), 7)
  await assert.rejects(codes.lookup('B'), { code: 'code-unknown', category: 'not-found' })
  assert.equal(await codes.lookup('A', AbortSignal.abort()), 'one')
  assert.deepEqual(answering.changes(), [])
})

test('another question is answered as recorded, and told; so is one that is not asked any more', async () => {
  const recorded = await recordedAnswers()
  const answering = answeringCapabilities({ recorded, known: {}, live: undefined })
  const { codes } = answering.capabilities as unknown as Codes
  assert.equal(await codes.lookup('C'), 'one')
  assert.deepEqual(answering.changes(), [
    'codes.lookup is asked something else than recorded',
    'codes.lookup is asked less often than recorded',
    'clock is asked less often than recorded',
  ])
})

test('what is not recorded fails by name, also of a capability that was never asked', () => {
  const answering = answeringCapabilities({ recorded: [], known: { codes: new Register() }, live: undefined })
  const { codes } = answering.capabilities as unknown as Codes
  assert.throws(() => void codes.lookup('A'), { code: 'answer-not-recorded', message: /codes\.lookup/ })
  assert.deepEqual(answering.changes(), ['codes.lookup is asked, which is not recorded'])
})
