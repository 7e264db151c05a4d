import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectors, mllp, timer } from '@samband/connectors'
import type { EndpointSetting, LoadedRoute } from '@samband/engine'
import { formatSchemaIssue } from '@samband/operations'
import { type RouteDefinition, route, via } from '@samband/route'
import { checkRoutes } from './check-routes.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'treatment' }

function loaded(definition: RouteDefinition): LoadedRoute {
  return { definition, revision: '1.0.0+0' }
}

const adt = loaded(
  route('adt', facts)
    .from(mllp({ endpoint: 'ehr-in' }))
    .to('lis', mllp({ endpoint: 'lis-out' }))
    .onError({ deadLetter: 'adt' }),
)

const good: Readonly<Record<string, EndpointSetting>> = {
  'ehr-in': { connector: 'mllp', port: 6600 },
  'lis-out': { connector: 'mllp', host: 'lis', port: 6611, system: 'LIS', exclusive: true },
}

function issues(routes: readonly LoadedRoute[], endpoints: Readonly<Record<string, EndpointSetting>>): string[] {
  return checkRoutes(routes, endpoints, connectors).issues.map(formatSchemaIssue)
}

test('routes and endpoints that fit have no issue', () => {
  assert.deepEqual(checkRoutes([adt], good, connectors), { issues: [], warnings: [] })
})

test('an endpoint that is missing is named, with the nearest one', () => {
  assert.deepEqual(issues([adt], { ...omit('lis-out'), 'lis-otu': { connector: 'mllp' } }), [
    "endpoints: route 'adt' sends to the endpoint 'lis-out', which is not among the endpoints, did you mean 'lis-otu'?",
  ])
})

test('an endpoint of another connector is an issue', () => {
  assert.match(
    issues([adt], { ...good, 'ehr-in': { connector: 'file' } })[0] ?? '',
    /by mllp, but its connector is 'file'/,
  )
})

test('settings are checked by the connector in the role that routes use', () => {
  const found = issues([adt], {
    'ehr-in': { connector: 'mllp', port: 6600, ackTimeout: '5s' },
    'lis-out': { connector: 'mllp', host: 'lis', prot: 6611 },
  })
  assert.ok(
    found.some(text => text.startsWith('endpoints.ehr-in.ackTimeout')),
    found.join('\n'),
  )
  assert.ok(
    found.some(text => /endpoints\.lis-out\.prot.*did you mean "port"/.test(text)),
    found.join('\n'),
  )
})

test('two routes cannot read from one endpoint', () => {
  const other = loaded(
    route('other', facts)
      .from(mllp({ endpoint: 'ehr-in' }))
      .to('lis', mllp({ endpoint: 'lis-out' }))
      .onError({ deadLetter: 'other' }),
  )
  assert.deepEqual(issues([adt, other], good), ["endpoints.ehr-in: the routes 'adt' and 'other' both read from it"])
})

test('two routes of one name are an issue', () => {
  assert.ok(issues([adt, adt], good).includes("two routes are named 'adt'"))
})

test('a route that hands on to one that is not there is an issue', () => {
  const onward = loaded(
    route('onward', facts)
      .from(timer({ endpoint: 'every-hour', every: '1h' }))
      .to('next', via({ name: 'gone' }))
      .onError({ deadLetter: 'onward' }),
  )
  assert.deepEqual(issues([onward], {}), ["route 'onward' hands on to route 'gone', which is not there"])
})

test('an endpoint that no route uses is a note, not an issue', () => {
  const { warnings } = checkRoutes([adt], { ...good, spare: { connector: 'mllp' } }, connectors)
  assert.deepEqual(warnings, ['endpoints.spare: no route uses it'])
})

function omit(name: string): Record<string, EndpointSetting> {
  const { [name]: _, ...rest } = good
  return rest
}
