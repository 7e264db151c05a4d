import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { accessContext } from '../../test/access-context.ts'
import { HubError } from '../hub-error.ts'
import { type Caller, systemCaller, type Visibility } from './caller.ts'
import { assertAccess, isVisible, type VisibilityContext, visibleOf } from './visibility.ts'

const observation = (
  id: string,
  subject: string,
  more: object = {},
): { type: string; id: string; content: string } => ({
  type: 'Observation',
  id,
  content: JSON.stringify({
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
    subject: { reference: subject },
    ...more,
  }),
})

const seeing = (visibility: Visibility): Caller => ({ actor: 'test', actorKind: 'token', access: () => visibility })
const ofPatient = (id: string, query?: string): Caller =>
  seeing([{ compartment: { type: 'Patient', id }, ...(query === undefined ? {} : { query }) }])

describe('visibility', () => {
  let context: VisibilityContext
  before(async () => {
    context = await accessContext()
  })

  test('who sees all sees it without a look inside, and who sees none does not', () => {
    const stored = { type: 'Observation', id: '1', content: 'not even JSON' }
    assert.equal(isVisible(context, systemCaller, 'read', stored), true)
    assert.equal(isVisible(context, seeing('none'), 'read', stored), false)
    assert.equal(isVisible(context, seeing([]), 'read', stored), false)
  })

  test('what is in the compartment is visible, by whichever parameter it is there', () => {
    for (const stored of [
      observation('1', 'Patient/p1'),
      observation('1', 'https://hub.example.org/fhir/Patient/p1'),
      observation('1', 'Group/g', { performer: [{ reference: 'Patient/p1' }] }),
    ]) {
      assert.equal(isVisible(context, ofPatient('p1'), 'read', stored), true)
      assert.equal(isVisible(context, ofPatient('p2'), 'read', stored), false)
    }
  })

  test('a reference to a patient of another server leads into no compartment here', () => {
    const stored = observation('1', 'https://elsewhere.example.org/fhir/Patient/p1')
    assert.equal(isVisible(context, ofPatient('p1'), 'read', stored), false)
  })

  test('a mention outside the parameters of the compartment does not count', () => {
    const stored = observation('1', 'Patient/p2', {
      note: [{ text: 'Patient/p1' }],
      focus: [{ reference: 'Patient/p1' }],
    })
    assert.equal(isVisible(context, ofPatient('p1'), 'read', stored), false)
  })

  test('the resource that a compartment is of is in it, also when it is deleted', () => {
    const content = { resourceType: 'Patient', id: 'p1' }
    assert.equal(isVisible(context, ofPatient('p1'), 'read', { type: 'Patient', id: 'p1', content }), true)
    assert.equal(isVisible(context, ofPatient('p1'), 'read', { type: 'Patient', id: 'p1' }), true)
    assert.equal(
      isVisible(context, ofPatient('p1'), 'read', { type: 'Patient', id: 'p2', content: { ...content, id: 'p2' } }),
      false,
    )
    assert.equal(isVisible(context, ofPatient('p1'), 'read', { type: 'Observation', id: 'p1' }), false)
  })

  test('a Binary is in the compartment of the patient who is its security context', () => {
    const binary = (more: object): object => ({ resourceType: 'Binary', id: 'b', contentType: 'text/plain', ...more })
    for (const [more, expected] of [
      [{ securityContext: { reference: 'Patient/p1' } }, true],
      [{ securityContext: { reference: 'Patient/p2' } }, false],
      [{ securityContext: { reference: 'https://elsewhere.example.org/fhir/Patient/p1' } }, false],
      [{ securityContext: { reference: 7 } }, false],
      [{}, false],
    ] as const) {
      const content = JSON.stringify(binary(more))
      assert.equal(isVisible(context, ofPatient('p1'), 'read', { type: 'Binary', id: 'b', content }), expected)
    }
  })

  test('compartment and query of one filter have to hold together, of several filters one', () => {
    const stored = observation('1', 'Patient/p1')
    assert.equal(isVisible(context, ofPatient('p1', 'category=laboratory'), 'read', stored), true)
    assert.equal(isVisible(context, ofPatient('p1', 'category=vital-signs'), 'read', stored), false)
    assert.equal(isVisible(context, ofPatient('p2', 'category=laboratory'), 'read', stored), false)
    const filters = [{ query: 'category=vital-signs' }, { query: 'code=http://loinc.org|718-7&status=final' }]
    assert.equal(isVisible(context, seeing(filters), 'read', stored), true)
    assert.equal(isVisible(context, seeing([{}]), 'read', stored), true)
  })

  test('queries by date, quantity, absence and negation are decided', () => {
    const stored = observation('1', 'Patient/p1', {
      effectiveDateTime: '2026-03-04',
      valueQuantity: { value: 7.2, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    })
    for (const [query, expected] of [
      ['date=ge2026', true],
      ['date=lt2026', false],
      ['value-quantity=gt7', true],
      ['value-quantity=gt8', false],
      ['encounter:missing=true', true],
      ['status:not=final', false],
      ['status:not=cancelled', true],
      ['_filter=code+eq+http://loinc.org|718-7+and+status+eq+final', true],
    ] as const) {
      assert.equal(isVisible(context, seeing([{ query }]), 'read', stored), expected, query)
    }
  })

  test('a query that cannot be decided shows nothing', () => {
    const stored = observation('1', 'Patient/p1')
    for (const query of [
      '',
      'nonsense=1',
      'subject.name=eve',
      'code:not-in=http://example.org/vs',
      '_text=x',
      '_count=1',
    ]) {
      assert.equal(isVisible(context, seeing([{ query }]), 'read', stored), false, query)
    }
  })

  test('of several resources the visible ones come in their order', () => {
    const stored = [observation('1', 'Patient/p1'), observation('2', 'Patient/p2'), observation('3', 'Patient/p1')]
    assert.deepEqual(
      visibleOf(context, ofPatient('p1'), 'read', stored).map(({ id }) => id),
      ['1', '3'],
    )
  })

  test('who may do nothing with a type is told which scope that takes', () => {
    assertAccess(systemCaller, 'delete', 'Observation')
    assertAccess(ofPatient('p1'), 'delete', 'Observation')
    assert.throws(
      () => assertAccess(seeing('none'), 'update', 'Observation'),
      (thrown: unknown) =>
        thrown instanceof HubError &&
        thrown.status === 403 &&
        thrown.code === 'scope-missing' &&
        thrown.message.includes('user/Observation.u'),
    )
  })
})
