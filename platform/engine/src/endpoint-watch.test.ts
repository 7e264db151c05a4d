import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndpointWatch } from './endpoint-watch.ts'

test('an endpoint that is probed while it is down has been down since the beginning', () => {
  const watch = new EndpointWatch()
  assert.equal(watch.look('lis', 'up', 100), 100)
  assert.equal(watch.look('lis', 'down', 200), 200)
  assert.equal(watch.look('lis', 'connecting', 300), 200)
  assert.equal(watch.look('lis', 'down', 400), 200)
  assert.equal(watch.look('lis', 'up', 500), 500)
  assert.equal(watch.look('ris', 'idle', 600), 600)
})
