import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { openWard, type Ward } from './operations-ward.ts'

const tag = (code: string, system?: string): JsonObject => ({ ...(system === undefined ? {} : { system }), code })
const observation = (id: string, patient: string, meta: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  id,
  meta,
  status: 'final',
  code: { text: 'Weight' },
  subject: { reference: `Patient/${patient}` },
})
const parameters = (meta: unknown): object => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: meta }],
})

describe('operations on meta', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard()
    await ward.store([
      { resourceType: 'Patient', id: 'p1', meta: { tag: [tag('vip', 'urn:t')] } },
      { resourceType: 'Patient', id: 'p2' },
      observation('o1', 'p1', { tag: [{ ...tag('a', 'urn:t'), display: 'A' }], profile: ['http://example.org/one'] }),
      observation('o2', 'p1', {
        tag: [tag('a', 'urn:t'), tag('a', 'urn:other'), tag('a')],
        security: [tag('R', 'urn:s')],
      }),
      observation('o3', 'p2', { tag: [tag('of-p2', 'urn:t')], profile: ['http://example.org/of-p2'] }),
      observation('o4', 'p2', {}),
      observation('o5', 'p1', { tag: [tag('gone', 'urn:t')] }),
    ])
    await ward.ask('DELETE', 'Observation/o5')
  })
  after(async () => await ward.close())

  const metaOf = async (path: string, caller = ward.bearer('system/*.rs')): Promise<JsonObject> => {
    const { status, text, json } = await ward.ask('GET', path, { caller })
    assert.equal(status, 200, text)
    return json.parameter[0].valueMeta
  }

  test('of a resource is its meta', async () => {
    const meta = await metaOf('Observation/o1/$meta')
    assert.equal(meta['versionId'], '1')
    assert.deepEqual(meta['profile'], ['http://example.org/one'])
  })

  test('of a type are all that are in use, labels of one code by their systems, and none of what is deleted', async () => {
    const meta = await metaOf('Observation/$meta')
    assert.deepEqual(meta['profile'], ['http://example.org/of-p2', 'http://example.org/one'])
    const keys = (meta['tag'] as readonly JsonObject[]).map(({ system, code }) => `${String(system)}|${String(code)}`)
    assert.deepEqual(keys.toSorted(), ['undefined|a', 'urn:other|a', 'urn:t|a', 'urn:t|of-p2'])
    assert.deepEqual(meta['security'], [{ system: 'urn:s', code: 'R' }])
    assert.ok(!('lastUpdated' in meta))
  })

  test('of the system are those of all types', async () => {
    const meta = await metaOf('$meta')
    assert.equal((meta['tag'] as readonly JsonObject[]).length, 5)
  })

  test('for who sees some resources are those of these', async () => {
    const meta = await metaOf('$meta', ward.bearer('patient/*.rs', 'p1'))
    assert.ok(!JSON.stringify(meta).includes('of-p2'))
    assert.equal((meta['tag'] as readonly JsonObject[]).length, 4)
    const narrow = await metaOf('Observation/$meta', ward.bearer('patient/Observation.rs?_security=urn:s|R', 'p1'))
    assert.deepEqual(narrow['profile'], undefined)
    assert.equal(
      (await ward.ask('GET', 'Observation/$meta', { caller: ward.bearer('patient/Patient.rs', 'p1') })).status,
      403,
    )
    assert.equal(
      (await ward.ask('GET', 'Observation/o3/$meta', { caller: ward.bearer('patient/*.rs', 'p1') })).status,
      404,
    )
  })

  test('are bounded for who sees some', async () => {
    const { meta } = await import('../src/operations/meta.ts')
    const hub = { ...ward.hub, limits: { ...ward.hub.limits, everythingMax: 0 } }
    const call = {
      caller: ward.bearer('patient/*.rs', 'p1'),
      level: 'system',
      method: 'GET',
      general: { elements: [] },
      pairs: [],
    } as const
    await assert.rejects(meta(hub, call), /too long/)
  })

  test('labels are added as a new version, each once, and the rest stays', async () => {
    const body = parameters({
      tag: [{ ...tag('vip', 'urn:t'), version: '2' }, tag('new', 'urn:t')],
      security: [tag('R', 'urn:s')],
    })
    const answer = await ward.ask('POST', 'Patient/p1/$meta-add', { body })
    assert.equal(answer.status, 200, answer.text)
    const { versionId, tag: tags, security } = answer.json.parameter[0].valueMeta
    assert.equal(versionId, '2')
    assert.deepEqual(tags, [tag('vip', 'urn:t'), tag('new', 'urn:t')])
    assert.deepEqual(security, [tag('R', 'urn:s')])
    assert.equal((await ward.ask('GET', 'Patient?_tag=urn:t|new')).json.entry.length, 1)
    assert.equal((await ward.ask('GET', 'Patient/p1/_history')).json.entry.length, 2)
    const again = await ward.ask('POST', 'Patient/p1/$meta-add', { body })
    assert.equal(again.json.parameter[0].valueMeta.versionId, '2')
  })

  test('of a version is what it was', async () => {
    assert.deepEqual((await metaOf('Patient/p1/_history/1/$meta'))['tag'], [tag('vip', 'urn:t')])
    assert.equal((await ward.ask('GET', 'Patient/p1/_history/9/$meta')).status, 404)
    const caller = ward.bearer('patient/*.rs', 'p2')
    assert.equal((await ward.ask('GET', 'Patient/p1/_history/1/$meta', { caller })).status, 404)
    const body = parameters({ tag: [tag('late', 'urn:t')] })
    assert.equal((await ward.ask('POST', 'Patient/p1/_history/1/$meta-add', { body })).status, 404)
  })

  test('labels are taken away, and what was not there is no error', async () => {
    const body = parameters({ tag: [tag('new', 'urn:t'), tag('never', 'urn:t')], security: [tag('R', 'urn:s')] })
    const answer = await ward.ask('POST', 'Patient/p1/$meta-delete', { body })
    const { security, tag: tags } = answer.json.parameter[0].valueMeta
    assert.deepEqual([tags, security], [[tag('vip', 'urn:t')], undefined])
    assert.equal((await ward.ask('GET', 'Patient?_tag=urn:t|new')).json.total, 0)
  })

  test('many at once lose no label', async () => {
    const codes = Array.from({ length: 8 }, (_, n) => `c${n}`)
    const answers = await Promise.all(
      codes.map(
        async code =>
          await ward.ask('POST', 'Patient/p2/$meta-add', { body: parameters({ tag: [tag(code, 'urn:t')] }) }),
      ),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const meta = await metaOf('Patient/p2/$meta')
    assert.deepEqual((meta['tag'] as readonly JsonObject[]).map(({ code }) => String(code)).toSorted(), codes)
    assert.equal(meta['versionId'], '9')
  })

  test('a profile that is added has to hold', async () => {
    const profile = ['http://hl7.org/fhir/StructureDefinition/vitalsigns']
    const answer = await ward.ask('POST', 'Observation/o4/$meta-add', { body: parameters({ profile }) })
    assert.equal(answer.status, 422, answer.text)
    assert.equal((await metaOf('Observation/o4/$meta'))['versionId'], '1')
  })

  test('change nothing that the caller may not change', async () => {
    const body = parameters({ tag: [tag('mine', 'urn:t')] })
    const caller = ward.bearer('patient/Observation.ru', 'p1')
    assert.equal((await ward.ask('POST', 'Observation/o1/$meta-add', { body, caller })).status, 200)
    const other = await ward.ask('POST', 'Observation/o3/$meta-add', { body, caller })
    assert.equal(other.status, 404)
    assert.equal(other.text, (await ward.ask('POST', 'Observation/nothing/$meta-add', { body, caller })).text)
    const reader = ward.bearer('patient/*.rs', 'p1')
    assert.equal((await ward.ask('POST', 'Observation/o1/$meta-delete', { body, caller: reader })).status, 403)
    // A label may not carry a resource out of what its bearer may write.
    const open = ward.bearer('patient/Observation.ru?_security:not=urn:s|R', 'p1')
    const closing = parameters({ security: [tag('R', 'urn:s')] })
    assert.equal((await ward.ask('POST', 'Observation/o1/$meta-add', { body: closing, caller: open })).status, 403)
  })

  for (const [path, body, status] of [
    ['Patient/p1/$meta-add', parameters({ versionId: '7' }), 400],
    ['Patient/p1/$meta-add', parameters({ tag: { code: 'x' } }), 400],
    ['Patient/p1/$meta-add', parameters({ tag: [{ system: 'urn:t' }] }), 400],
    ['Patient/p1/$meta-add', parameters({ profile: [7] }), 400],
    ['Patient/p1/$meta-add', { resourceType: 'Parameters' }, 400],
    ['Patient/p1/$meta-add', { resourceType: 'Parameters', parameter: [{ name: 'mata', valueMeta: {} }] }, 400],
    ['Patient/nobody/$meta-add', parameters({ tag: [tag('x')] }), 404],
    ['Observation/o5/$meta-add', parameters({ tag: [tag('x')] }), 410],
    ['Patient/$meta-add', parameters({ tag: [tag('x')] }), 404],
  ] as const) {
    test(`${path} with ${JSON.stringify(body).slice(0, 90)} is refused with ${status}`, async () => {
      const answer = await ward.ask('POST', path, { body })
      assert.equal(answer.status, status, answer.text)
    })
  }

  test('what changes something is not asked for by GET', async () => {
    assert.equal((await ward.ask('GET', 'Patient/p1/$meta-add')).status, 405)
    assert.equal((await ward.ask('GET', 'Patient/p1/$meta?x=1')).status, 400)
  })
})
