import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeploymentPlanView } from '../src/contract.ts'
import { changedPaths } from '../src/changed-paths.ts'
import { operationsServer, bearer } from './operations-server.ts'

async function planned(role: string): Promise<{ plan: DeploymentPlanView; audited: readonly (readonly string[])[] }> {
  const { server, access, close } = await operationsServer()
  try {
    const url = '/api/v1/deployments/plan'
    const response = await server.inject({ method: 'POST', url, headers: bearer(role), payload: {} })
    assert.equal(response.statusCode, 200, response.body)
    const audited = access.events.map(({ action, subject }) => [action, subject?.id ?? ''])
    return { plan: response.json<DeploymentPlanView>(), audited }
  } finally {
    await close()
  }
}

test('a plan shows content to whoever may read bodies, and each message shown is a read body in the audit log', async () => {
  const { plan, audited } = await planned('administrator')
  const difference = plan.routes[0]?.different[0]
  assert.match(difference?.before ?? '', /Nordmann\^Bjørn/)
  assert.match(difference?.after ?? '', /NORDMANN\^Bjørn/)
  assert.deepEqual(audited, [
    ['message-body-read', '42'],
    ['deployment-plan', ''],
  ])
})

test('a plan shows a deployer counts and paths only', async () => {
  const { plan, audited } = await planned('deployer')
  assert.equal(plan.contents, false)
  assert.doesNotMatch(JSON.stringify(plan), /nordmann/i)
  assert.deepEqual(plan.routes[0]?.different[0]?.paths, ['PID-5.1'])
  assert.deepEqual(audited, [['deployment-plan', '']])
})

test('paths of JSON name keys and places, never values', () => {
  const [before, after] = [
    { name: [{ family: 'A', given: ['x'] }] },
    { name: [{ family: 'B', given: ['x'] }], id: 'y' },
  ]
  assert.deepEqual(changedPaths(JSON.stringify(before), JSON.stringify(after)), ['name[0].family', 'id'])
  assert.deepEqual(changedPaths('text', 'other'), [])
})
