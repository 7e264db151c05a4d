import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import fc from 'fast-check'
import { FakeIntake } from '../../test/fake-intake.ts'
import { createHl7Intake } from './intake.ts'

test('whatever the bytes, there is an outcome: an answer, or none where the sender wants none', async () => {
  const intake = new FakeIntake()
  const hl7 = createHl7Intake(intake, 'as-asked')
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.uint8Array({ maxLength: 80 }))
      .map(([delimiters, rest]) => {
        return Buffer.concat([Buffer.from('MSH'), delimiters, rest])
      }),
    fc.string({ unit: 'binary', maxLength: 80 }).map(text => Buffer.from(`MSH|^~\\&|${text}`)),
  )
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (message, stored) => {
      intake.commit = () =>
        stored
          ? Promise.resolve()
          : Promise.reject(new SambandError({ code: 'x', category: 'unavailable', message: 'Down: {|^~\\&#}' }))
      const before = intake.stored.length
      const { answer, error } = await hl7.submit({ bytes: message, peer: 'test' })
      assert.equal(error === undefined, intake.stored.length === before + 1)
      if (answer === undefined) return
      const text = Buffer.from(answer).toString('latin1')
      assert.match(text, error === undefined ? /\rMSA.(AA|CA)/ : /\rMSA.(AE|AR|CE|CR)/)
    }),
    { numRuns: 500 },
  )
})
