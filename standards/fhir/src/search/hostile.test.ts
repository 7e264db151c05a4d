import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonObject, isJsonObject } from '../fhirpath/index.ts'
import { matchesSearch, parseSearch } from './index.ts'
import { compiler, extractor, fixture, model, parameters } from './test/standard.ts'

/** Replaces one value somewhere in the resource by another. */
function damaged(resource: JsonObject, path: readonly number[], by: unknown): JsonObject {
  const copy: unknown = structuredClone(resource)
  let at: unknown = copy
  for (const [depth, step] of path.entries()) {
    if (typeof at !== 'object' || at === null) break
    const keys = Object.keys(at).filter(key => key !== 'resourceType')
    const key = keys[step % Math.max(1, keys.length)]
    if (key === undefined) break
    const inner: unknown = Reflect.get(at, key)
    if (depth === path.length - 1 || typeof inner !== 'object' || inner === null) Reflect.set(at, key, by)
    at = inner
  }
  return isJsonObject(copy) ? copy : resource
}

test('no damage to a resource makes extracting or matching throw', () => {
  const values = fc.constantFrom<unknown>(
    null,
    1,
    -1.5,
    1e308,
    true,
    '',
    'x',
    '2012-99',
    [],
    [null],
    {},
    [[1]],
    { value: {} },
    [{ coding: 'x' }],
  )
  const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 5 })
  const resources = [fixture('patient'), fixture('observation')]
  const searches = [
    'Patient?name=x&birthdate=ge2000&identifier=a|b&_id=p1',
    'Observation?code=x&value-quantity=gt1||mg&subject=p1&date=2012',
  ]
  fc.assert(
    fc.property(fc.nat(1), fc.array(fc.tuple(path, values), { maxLength: 4 }), (which, damages) => {
      const start = resources[which] ?? {}
      const resource = damages.reduce((each, [at, by]) => damaged(each, at, by), start)
      const { index } = extractor.extract(resource)
      for (const search of searches) {
        const [resourceType = '', query = ''] = search.split('?')
        matchesSearch(parseSearch(query, { parameters, resourceType }).query, index)
      }
    }),
    { numRuns: 500 },
  )
})

test('a resource of a type that does not exist has nothing', () => {
  const { index, issues } = extractor.extract({ resourceType: 'constructor', id: 'x', name: 'y' })
  if (index.values.size > 1 || issues.length > 0) throw new Error('values of nowhere')
  if (model.type('constructor') !== undefined || !compiler.compile('constructor').ok)
    throw new Error('a type of nowhere')
})
