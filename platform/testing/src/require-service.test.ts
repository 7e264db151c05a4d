import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chromiumPath, requireService, requireShared } from './index.ts'

interface Probe {
  reasons: string[]
  skip(message?: string): void
}

function probe(): Probe {
  const reasons: string[] = []
  return { reasons, skip: message => void reasons.push(message ?? '') }
}

function withServices(value: string | undefined, run: () => void): void {
  const before = process.env['SAMBAND_TEST_SERVICES']
  if (value === undefined) delete process.env['SAMBAND_TEST_SERVICES']
  else process.env['SAMBAND_TEST_SERVICES'] = value
  try {
    run()
  } finally {
    if (before === undefined) delete process.env['SAMBAND_TEST_SERVICES']
    else process.env['SAMBAND_TEST_SERVICES'] = before
  }
}

test('an absent service skips the test and says how to get it', () => {
  const t = probe()
  withServices(undefined, () => assert.equal(requireService(t, 'fax', false, 'buy one'), false))
  assert.deepEqual(t.reasons, ['fax is absent: buy one'])
})

test('an absent service fails the test where services are required', () => {
  withServices('required', () => {
    assert.throws(() => requireService(probe(), 'fax', false, 'buy one'), /fax is absent: buy one/)
  })
})

test('a present service neither skips nor fails', () => {
  const t = probe()
  withServices('required', () => assert.equal(requireService(t, 'fax', true, 'buy one'), true))
  assert.deepEqual(t.reasons, [])
})

test('shared data that is absent is named in the reason', () => {
  const t = probe()
  withServices(undefined, () => assert.equal(requireShared(t, 'no/such/folder'), undefined))
  assert.match(t.reasons[0] ?? '', /^\.\.\/shared\/no\/such\/folder is absent/)
})

test('a browser that was chosen and is absent is not replaced by another', () => {
  assert.equal(chromiumPath({ SAMBAND_TEST_CHROMIUM: '/no/such/browser' }), undefined)
})
