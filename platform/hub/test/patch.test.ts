import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { formatJson, parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { systemCaller } from '../src/access/caller.ts'
import { openHub } from '../src/hub.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import { patchResource } from '../src/interactions/patch.ts'
import { updateResource } from '../src/interactions/update.ts'
import type { WriteOutcome } from '../src/interactions/write-outcome.ts'
import { fhirPathPatch } from '../src/patch/fhirpath-patch.ts'

let database: TestDatabase
let hub: HubContext
const caller = systemCaller

before(async () => {
  database = await testDatabase()
  hub = await openHub({ db: database.db, tenant: 1, node: 1, baseUrl: 'https://fhir.example.org/fhir' })
})
after(async () => {
  await hub.store.close()
  await database.close()
})

function refusal(status: number, code: string): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof HubError, String(error))
    assert.deepEqual([error.status, error.code], [status, code], error.message)
    return true
  }
}

function read(text: string): JsonObject {
  const result = parseJson(text)
  assert.ok(result.ok && isJsonObject(result.value))
  return result.value
}

type Parts = Readonly<Record<string, unknown>>

/** `{ type: 'add', path: 'Patient', name: 'birthDate', valueDate: '1930-01-01' }` as a parameter of a FHIRPath Patch. */
function operation({ type, path, name, index, source, destination, part, ...value }: Parts): JsonObject {
  const parts = [
    { name: 'type', valueCode: type },
    { name: 'path', valueString: path },
    ...(name === undefined ? [] : [{ name: 'name', valueString: name }]),
    ...Object.entries({ index, source, destination }).flatMap(([key, number]) =>
      number === undefined ? [] : [{ name: key, valueInteger: number }],
    ),
    ...(part === undefined ? [] : [{ name: 'value', part }]),
    ...(Object.keys(value).length === 0 ? [] : [{ name: 'value', ...value }]),
  ]
  return { name: 'operation', part: parts }
}

function parameters(...operations: readonly Parts[]): JsonObject {
  return { resourceType: 'Parameters', parameter: operations.map(operation) }
}

const identifiers = (...values: readonly number[]): JsonObject => ({
  resourceType: 'Patient',
  identifier: values.map(value => ({ system: 'http://example.org', value: `value ${value}` })),
})
const patient = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', ...more })
const moved = (source: number, destination: number): Parts => ({
  type: 'move',
  path: 'Patient.identifier',
  source,
  destination,
})
const third = { valueIdentifier: { system: 'http://example.org', value: 'value 3' } }

const cases: readonly (readonly [string, JsonObject, readonly Parts[], JsonObject])[] = [
  ['no operation', patient({ birthDate: '1920-01-01' }), [], patient({ birthDate: '1920-01-01' })],
  [
    'a primitive is replaced',
    patient({ birthDate: '1920-01-01' }),
    [{ type: 'replace', path: 'Patient.birthDate', valueDate: '1930-01-01' }],
    patient({ birthDate: '1930-01-01' }),
  ],
  [
    'a primitive is deleted',
    patient({ birthDate: '1920-01-01' }),
    [{ type: 'delete', path: 'Patient.birthDate' }],
    patient(),
  ],
  [
    'a primitive is added',
    patient(),
    [{ type: 'add', path: 'Patient', name: 'birthDate', valueDate: '1930-01-01' }],
    patient({ birthDate: '1930-01-01' }),
  ],
  [
    'a nested primitive is replaced',
    patient({ contact: [{ name: { text: 'a name' }, gender: 'male' }] }),
    [{ type: 'replace', path: 'Patient.contact[0].gender', valueCode: 'female' }],
    patient({ contact: [{ name: { text: 'a name' }, gender: 'female' }] }),
  ],
  [
    'what holds nothing any more goes too',
    patient({ contact: [{ name: { text: 'a name' }, gender: 'male' }] }),
    [{ type: 'delete', path: 'Patient.contact[0].name.text' }],
    patient({ contact: [{ gender: 'male' }] }),
  ],
  [
    'a complex element is replaced with its id',
    patient({ maritalStatus: { id: '1', text: 'married' } }),
    [{ type: 'replace', path: 'Patient.maritalStatus', valueCodeableConcept: { id: '2', text: 'not married' } }],
    patient({ maritalStatus: { id: '2', text: 'not married' } }),
  ],
  [
    'an element without a type of its own is added from parts',
    patient(),
    [
      {
        type: 'add',
        path: 'Patient',
        name: 'contact',
        part: [
          { name: 'name', valueHumanName: { text: 'a name' } },
          { name: 'telecom', valueContactPoint: { value: '1' } },
          { name: 'telecom', valueContactPoint: { value: '2' } },
        ],
      },
    ],
    patient({ contact: [{ name: { text: 'a name' }, telecom: [{ value: '1' }, { value: '2' }] }] }),
  ],
  [
    'an element without a type of its own is deleted',
    patient({ contact: [{ gender: 'male' }] }),
    [{ type: 'delete', path: 'Patient.contact[0]' }],
    patient(),
  ],
  [
    'two entries of a list are changed',
    identifiers(1, 2),
    [
      { type: 'replace', path: 'Patient.identifier[0].value', valueString: 'value 2' },
      { type: 'replace', path: 'Patient.identifier[1].value', valueString: 'value 1' },
    ],
    identifiers(2, 1),
  ],
  [
    'insert at the end',
    identifiers(1, 2),
    [{ type: 'insert', path: 'Patient.identifier', index: 2, ...third }],
    identifiers(1, 2, 3),
  ],
  [
    'insert in the middle',
    identifiers(1, 2),
    [{ type: 'insert', path: 'Patient.identifier', index: 1, ...third }],
    identifiers(1, 3, 2),
  ],
  [
    'insert at the start',
    identifiers(1, 2),
    [{ type: 'insert', path: 'Patient.identifier', index: 0, ...third }],
    identifiers(3, 1, 2),
  ],
  [
    'insert where the list is not there yet',
    patient(),
    [{ type: 'insert', path: 'Patient.identifier', index: 0, ...third }],
    identifiers(3),
  ],
  [
    'add appends to a list',
    identifiers(1, 2),
    [{ type: 'add', path: 'Patient', name: 'identifier', ...third }],
    identifiers(1, 2, 3),
  ],
  ['delete the first', identifiers(1, 2, 3), [{ type: 'delete', path: 'Patient.identifier[0]' }], identifiers(2, 3)],
  ['delete the last', identifiers(1, 2, 3), [{ type: 'delete', path: 'Patient.identifier[2]' }], identifiers(1, 2)],
  ['move up', identifiers(1, 2, 3, 4), [moved(3, 1)], identifiers(1, 4, 2, 3)],
  ['move to the start', identifiers(1, 2, 3, 4), [moved(3, 0)], identifiers(4, 1, 2, 3)],
  ['move to the end', identifiers(1, 2, 3, 4), [moved(0, 3)], identifiers(2, 3, 4, 1)],
  ['two moves', identifiers(1, 2, 3, 4), [moved(1, 0), moved(2, 1)], identifiers(2, 3, 1, 4)],
  [
    'a condition picks the entry',
    identifiers(1, 2, 3),
    [{ type: 'delete', path: "Patient.identifier.where(value = 'value 2')" }],
    identifiers(1, 3),
  ],
  [
    'a text in a list is found by its value, and what is beside it moves along',
    patient({ name: [{ given: ['A', 'B', 'C'], _given: [null, null, { id: 'c' }] }] }),
    [
      { type: 'delete', path: "Patient.name.given.where($this = 'A')" },
      { type: 'move', path: 'Patient.name.given', source: 1, destination: 0 },
    ],
    patient({ name: [{ given: ['C', 'B'], _given: [{ id: 'c' }, null] }] }),
  ],
  [
    'an extension is added to a primitive',
    patient({ birthDate: '1920-01-01' }),
    [{ type: 'add', path: 'Patient.birthDate', name: 'extension', valueExtension: { url: 'urn:x', valueString: 'y' } }],
    patient({ birthDate: '1920-01-01', _birthDate: { extension: [{ url: 'urn:x', valueString: 'y' }] } }),
  ],
  [
    'a choice takes another type',
    { resourceType: 'Observation', valueString: 'x' },
    [{ type: 'replace', path: 'Observation.value', valueQuantity: { value: 1 } }],
    { resourceType: 'Observation', valueQuantity: { value: 1 } },
  ],
  [
    'an extension takes a value',
    patient({ extension: [{ url: 'urn:x' }] }),
    [{ type: 'add', path: "Patient.extension('urn:x')", name: 'value', valueString: 'y' }],
    patient({ extension: [{ url: 'urn:x', valueString: 'y' }] }),
  ],
]

for (const [name, input, operations, output] of cases) {
  test(`FHIRPath Patch: ${name}`, async () => {
    const before = structuredClone(input)
    const patched = (await fhirPathPatch(hub, parameters(...operations)))(input)
    assert.deepEqual(patched, output)
    assert.deepEqual(input, before)
  })
}

const misfits: readonly (readonly [string, JsonObject, Parts])[] = [
  ['more than one element', identifiers(1, 2), { type: 'delete', path: 'Patient.identifier' }],
  ['nothing to replace', patient(), { type: 'replace', path: 'Patient.birthDate', valueDate: '1930-01-01' }],
  ['no such element', patient(), { type: 'add', path: 'Patient', name: 'colour', valueString: 'x' }],
  [
    'an element that is there already',
    patient({ gender: 'male' }),
    { type: 'add', path: 'Patient', name: 'gender', valueCode: 'female' },
  ],
  ['a value of another type', patient(), { type: 'add', path: 'Patient', name: 'maritalStatus', valueString: 'x' }],
  ['an index beyond the list', identifiers(1), { type: 'insert', path: 'Patient.identifier', index: 2, ...third }],
  ['a source beyond the list', identifiers(1), moved(1, 0)],
  ['what is no part of the resource', identifiers(1), { type: 'replace', path: "'x'", valueString: 'y' }],
  ['no list', patient({ gender: 'male' }), { type: 'insert', path: 'Patient.gender', index: 0, valueCode: 'male' }],
]

for (const [name, input, misfit] of misfits) {
  test(`FHIRPath Patch refuses ${name}`, async () => {
    const apply = await fhirPathPatch(hub, parameters(misfit))
    assert.throws(() => apply(input), refusal(422, 'patch-inapplicable'))
  })
}

test('a FHIRPath Patch that is none is refused before anything is looked up', async () => {
  const malformed: readonly JsonObject[] = [
    { resourceType: 'Patient' },
    { resourceType: 'Parameters', parameter: [{ name: 'other' }] },
    parameters({ type: 'upsert', path: 'Patient' }),
    parameters({ type: 'delete', path: 'Patient.(' }),
  ]
  for (const each of malformed) await assert.rejects(fhirPathPatch(hub, each), refusal(400, 'patch-malformed'))
})

async function observation(id: string): Promise<WriteOutcome> {
  const resource = read(`{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"x"},
    "valueQuantity":{"value":1.10,"unit":"mg"},"component":[{"code":{"text":"y"},"valueQuantity":{"value":2.50}}]}`)
  return await updateResource(hub, { caller, type: 'Observation', id, resource })
}

function patchObservation(id: string, operations: unknown): Promise<WriteOutcome> {
  return patchResource(hub, { caller, type: 'Observation', id, patch: { kind: 'json-patch', operations } })
}

test('a JSON Patch keeps decimals as they were written, its own too', async () => {
  await observation('p1')
  const patch = parseJson(
    '[{"op":"replace","path":"/status","value":"amended"},{"op":"replace","path":"/component/0/valueQuantity/value","value":3.00},{"op":"copy","from":"/valueQuantity","path":"/component/0/valueQuantity/extension"},{"op":"remove","path":"/component/0/valueQuantity/extension"}]',
  )
  assert.ok(patch.ok)
  const { stored } = await patchObservation('p1', patch.value)
  assert.match(stored?.content ?? '', /"status":"amended".*"value":1\.10.*"value":3\.00/)
  assert.equal(stored?.version, 2)
})

test('a FHIRPath Patch keeps decimals as they were written, its own too', async () => {
  await observation('p2')
  const patch = read(
    formatJson(
      parameters({ type: 'replace', path: 'Observation.component[0].value', valueQuantity: { value: 7 } }),
    ).replace('"value":7', '"value":7.00'),
  )
  const { stored } = await patchResource(hub, {
    caller,
    type: 'Observation',
    id: 'p2',
    patch: { kind: 'fhirpath-patch', parameters: patch },
  })
  assert.match(stored?.content ?? '', /"value":1\.10.*"value":7\.00/)
})

test('a patch that changes nothing makes no version', async () => {
  await observation('p3')
  const outcome = await patchObservation('p3', [{ op: 'replace', path: '/status', value: 'final' }])
  assert.deepEqual([outcome.status, outcome.changed, outcome.stored?.version], [200, false, 1])
})

test('a patch that fails changes nothing, and says why', async () => {
  await observation('p4')
  const status = { op: 'replace', path: '/status', value: 'amended' }
  await assert.rejects(
    patchObservation('p4', [status, { op: 'test', path: '/status', value: 'final' }]),
    refusal(422, 'patch-inapplicable'),
  )
  await assert.rejects(
    patchObservation('p4', [status, { op: 'remove', path: '/nothing' }]),
    refusal(422, 'patch-inapplicable'),
  )
  await assert.rejects(
    patchObservation('p4', [{ op: 'replace', path: '/status', value: 'wrong' }]),
    refusal(422, 'resource-invalid'),
  )
  await assert.rejects(
    patchObservation('p4', [{ op: 'replace', path: '/id', value: 'other' }]),
    refusal(422, 'patch-inapplicable'),
  )
  await assert.rejects(patchObservation('p4', { op: 'add' }), refusal(400, 'patch-malformed'))
  await assert.rejects(
    patchObservation('p4', [{ op: 'add', path: 'status', value: 1 }]),
    refusal(400, 'patch-malformed'),
  )
  await assert.rejects(patchObservation('none', [status]), refusal(404, 'resource-unknown'))
  assert.equal((await hub.store.read('Observation', 'p4'))?.version, 1)
})

test('a patch by criteria finds its one resource, or is refused', async () => {
  const type = 'Patient'
  const make = (id: string, value: string): Promise<WriteOutcome> =>
    updateResource(hub, { caller, type, id, resource: patient({ id, identifier: [{ system: 'urn:s', value }] }) })
  await make('c1', 'one')
  await make('c2', 'two')
  await make('c3', 'two')
  const patch = (value: string): Promise<WriteOutcome> =>
    patchResource(hub, {
      caller,
      type,
      criteria: `identifier=urn:s|${value}`,
      patch: { kind: 'json-patch', operations: [{ op: 'add', path: '/gender', value: 'male' }] },
    })
  assert.equal((await patch('one')).stored?.id, 'c1')
  await assert.rejects(patch('two'), refusal(412, 'criteria-not-selective'))
  await assert.rejects(patch('three'), refusal(404, 'criteria-unmet'))
})
