import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Plan, planSummary, planText, type PlannedRoute } from './plan-view.ts'

const adt = (name: string): string =>
  `MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1||100^^^H||${name}^Kari\r`

const same: PlannedRoute = {
  name: 'charges',
  change: 'same',
  from: '1.0.0+a',
  to: '1.0.0+a',
  dependsOn: [],
  simulated: 0,
  same: 0,
  different: [],
  failures: [],
}

const changed: PlannedRoute = {
  ...same,
  name: 'ehr-events',
  change: 'changed',
  to: '1.1.0+b',
  dependsOn: ['lab'],
  simulated: 100,
  same: 97,
  different: [
    { messageId: 7, destination: 'lis', kind: 'output', before: adt('Nordmann'), after: adt('Hansen') },
    { messageId: 7, destination: 'ris', kind: 'missing', before: 'one\rtwo\r', after: null },
    { messageId: 8, destination: 'archive', kind: 'extra', before: null, after: '{"a":1}' },
    { messageId: 9, destination: null, kind: 'drop', before: null, after: 'handled-here: no department' },
  ],
  failures: [{ messageId: 10, text: 'its calls were not recorded' }],
}

function plan(...routes: readonly PlannedRoute[]): Plan {
  return { id: 'p1', createdAt: '2026-01-31T08:00:00Z', routes, warnings: [] }
}

test('a plan tells each route, and per message what would go out otherwise', async () => {
  const lab: PlannedRoute = {
    ...same,
    name: 'lab',
    change: 'added',
    from: null,
    to: '1.0.0+c',
    endpoints: [{ change: 'added', role: 'source', name: 'lis-in' }],
  }
  assert.equal(
    await planText({ ...plan(changed, lab, same), warnings: ['the newest message is 3 days old'] }),
    [
      'Plan p1: 1 added, 1 changed; 3 of 100 messages would go out otherwise',
      '! the newest message is 3 days old',
      '+ lab  1.0.0+c',
      '    + reads from lis-in',
      '~ ehr-events  1.0.0+a → 1.1.0+b',
      '    hands on to lab',
      '    100 messages simulated: 97 the same, 3 different',
      '    7 to lis goes out otherwise',
      '        ~ PID-5.1  Nordmann → Hansen  (Patient Name / Family Name)',
      '    7 to ris goes out no more',
      '        - one',
      '        - two',
      '    8 to archive goes out, and did not before',
      '        + {"a":1}',
      '    9 is dropped otherwise: not before → handled-here: no department',
      '    10 could not be run: its calls were not recorded',
      '  1 unchanged: charges',
    ].join('\n'),
  )
})

test('a plan that changes nothing says so', async () => {
  assert.equal(await planText(plan(same)), 'Plan p1: nothing changes\n  1 unchanged: charges')
})

test('the summary counts messages, not outputs', () => {
  assert.equal(planSummary(plan(changed)), '1 changed; 3 of 100 messages would go out otherwise')
  const removed: PlannedRoute = { ...same, change: 'removed', to: null }
  assert.equal(planSummary(plan(removed)), '1 removed; no message was there to simulate')
  const harmless = { ...changed, different: [], same: 100 }
  assert.equal(planSummary(plan(harmless)), '1 changed; all 100 messages go out as before')
})

test('what is too much is counted instead of shown', async () => {
  const text = await planText(plan(changed), { differencesMax: 2, linesMax: 1 })
  assert.match(text, /… and 2 more differences/)
  assert.match(text, /- one\n +… and 1 more lines/)
})

test('routes in a circle are shown once each', async () => {
  const one: PlannedRoute = { ...same, name: 'one', change: 'changed', dependsOn: ['two'] }
  const two: PlannedRoute = { ...same, name: 'two', change: 'changed', dependsOn: ['one'] }
  const text = await planText(plan(one, two))
  assert.deepEqual(text.match(/^~ \w+/gm), ['~ two', '~ one'])
})

test('control characters of a message never reach the terminal', async () => {
  const route = { ...changed, failures: [{ messageId: 1, text: 'a\u001b[31mb' }] }
  assert.doesNotMatch(await planText(plan(route)), /\u001b/)
})
