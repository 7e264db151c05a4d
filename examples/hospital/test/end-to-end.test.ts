import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { tariffs } from '../codes/tariffs.ts'
import { drugCodes } from '../codes/drug-codes.ts'
import type { Hospital, HospitalState } from '../src/hospital.ts'
import type { ChartOrder } from '../src/systems/ehr/chart.ts'
import { type SystemName, systemNames } from '../src/systems/system.ts'
import { type OpenHospital, openHospital, until, untilHolds } from './open-hospital.ts'

const departments: readonly SystemName[] = ['lis', 'ris', 'pharmacy', 'billing']

const count = (hospital: Hospital, system: SystemName, name: string): number =>
  hospital.state().systems[system].counts[name] ?? Number.NaN

/**
 * The story ends, and what is under way arrives: every order is answered, every result charged, nothing waits anywhere.
 */
async function finish({ hospital, engine }: OpenHospital): Promise<void> {
  hospital.finish()
  await untilHolds(() => {
    assert.equal(count(hospital, 'ehr', 'ordersOpen'), 0, 'open orders')
    assertEverythingArrived(hospital)
    for (const name of systemNames)
      assert.equal(hospital.state().systems[name].sent.waiting, 0, `${name} waits to send`)
    for (const { name, destinations } of engine.routes()) {
      for (const { name: to, waiting, inFlight, held } of destinations) {
        assert.equal(waiting + inFlight + held, 0, `${name} waits to deliver to ${to}`)
      }
    }
  })
}

function isCharged({ status, notes }: ChartOrder): boolean {
  if (status === 'final') return true
  const atc = Object.keys(drugCodes).find(code => drugCodes[code]?.name === notes[0])
  return atc !== undefined && tariffs[atc] !== undefined
}

function assertNothingWrong(state: HospitalState): void {
  for (const name of systemNames) {
    assert.equal(state.systems[name].received.outOfOrder, 0, `${name}: out of order`)
    assert.equal(state.systems[name].received.refused, 0, `${name}: refused`)
  }
  assert.equal(state.systems.ehr.counts['overtaken'], 0)
}

function assertEverythingArrived(hospital: Hospital): void {
  for (const name of departments) {
    assert.equal(count(hospital, name, 'patients'), count(hospital, 'ehr', 'patients'), `${name} knows every patient`)
  }
  for (const mrn of hospital.patientNumbers()) {
    const { orders, account } = hospital.patient(mrn)
    assert.equal(account?.charges.length ?? 0, orders.filter(isCharged).length, 'one charge for each service')
  }
  assert.equal(count(hospital, 'billing', 'suspense'), 0)
  assert.equal(hospital.inbox().length, count(hospital, 'ehr', 'resultsFinal'))
}

describe('a day at the hospital', () => {
  let open: OpenHospital
  before(async () => {
    open = await openHospital({ messagesPerMinute: 12_000, inpatientsAtStart: 20 })
  })
  after(() => open.close())

  test('admissions reach all departments, orders come back as results to chart and inbox, and are charged', async () => {
    const { hospital, engine } = open
    await until('the hospital has been busy', () => hospital.state().beat >= 400)
    await finish(open)
    assertNothingWrong(hospital.state())
    assert.ok(count(hospital, 'ehr', 'ordersPlaced') > 50)
    const results = hospital.patientNumbers().flatMap(mrn => hospital.patient(mrn).orders)
    assert.ok(results.some(({ observations }) => observations.some(({ unit }) => unit === 'mmol/L')))
    assert.ok(results.some(({ notes }) => notes.some(note => /[æøå]/.test(note))))
    assert.deepEqual(await engine.counts(), { deadLetters: 0, refusals: 0 })
  })

  test('the FHIR server knows every patient, and each result that the EHR has, once', async () => {
    const { hospital, fhir } = open
    const patients = await fhir('Patient?active=true&_summary=count')
    assert.equal(patients.total, hospital.patientNumbers().length)
    const reports = await fhir('DiagnosticReport?status=final&_summary=count')
    assert.equal(reports.total, count(hospital, 'ehr', 'resultsFinal'))
    const [number = ''] = hospital.patientNumbers()
    const found = await fhir(`Patient?identifier=urn:oid:2.999.47.1|${number}&_revinclude=Encounter:subject`)
    assert.deepEqual(
      found.entry
        ?.map(({ resource }) => resource.resourceType)
        .toSorted()
        .slice(-1),
      ['Patient'],
    )
  })
})

describe('a bad day at the hospital', () => {
  let open: OpenHospital
  before(async () => {
    open = await openHospital({
      messagesPerMinute: 9_000,
      inpatientsAtStart: 20,
      faults: { kinds: ['nack', 'garbage', 'late-ack', 'disconnect', 'duplicate'], share: 0.01, lateMs: 600 },
    })
  })
  after(() => open.close())

  test('with every fault on and the laboratory gone for a while nothing is lost, nothing out of order', async () => {
    const { hospital, engine } = open
    await until('some messages have passed', () => hospital.state().beat >= 100)
    await hospital.takeDown('lis')
    const before = hospital.state()
    await until(
      'the others go on',
      () => hospital.state().systems.ris.received.messages > before.systems.ris.received.messages + 30,
    )
    assert.equal(hospital.state().systems.lis.received.messages, before.systems.lis.received.messages)
    await hospital.bringUp('lis')
    await until('the hospital has been busy', () => hospital.state().beat >= 350)
    await finish(open)
    assertNothingWrong(hospital.state())
    assert.equal((await engine.counts()).deadLetters, 0)
    const played = systemNames.flatMap(name => Object.keys(hospital.state().systems[name].faults))
    assert.ok(new Set(played).size >= 4, `faults were played: ${played.join(', ')}`)
  })
})
