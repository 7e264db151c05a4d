import { CARE_PATCH } from './own/care.ts'
import { ENCOUNTER_PATCH } from './own/encounter.ts'
import { HEADER_PATCH } from './own/header.ts'
import { OBSERVATION_PATCH } from './own/observation.ts'
import { ORDER_PATCH } from './own/orders.ts'
import { PATIENT_PATCH } from './own/patient.ts'
import { PHARMACY_PATCH } from './own/pharmacy.ts'
import { SCHEDULE_PATCH } from './own/schedule.ts'
import { VOCABULARY_PATCH } from './own/vocabulary.ts'
import type { MapPatch } from './map-patch.ts'
import type { MapSet, MessageMapRow } from './map-row.ts'

/** This package's repairs and additions, in the order in which they are laid over the guide. */
export const OWN_PATCHES: readonly MapPatch[] = [
  VOCABULARY_PATCH,
  HEADER_PATCH,
  PATIENT_PATCH,
  ENCOUNTER_PATCH,
  OBSERVATION_PATCH,
  ORDER_PATCH,
  SCHEDULE_PATCH,
  PHARMACY_PATCH,
  CARE_PATCH,
]

/** Maps of the guide that this package makes in code, or that only an implementer could decide about. */
const DROPPED = new Set([
  'MSH[Bundle]',
  'MSH[Provenance-Transformation]',
  'PV1[Basic-EncounterHistory]',
  'IN3[CareTeam]',
  'DG1[EpisodeOfCare]',
  'PID[Appointment]',
  'TXA[Provenance]',
  'ROL[CareTeam]',
])

/** What must change in many message maps of the guide at once. */
export function rewriteGuide(maps: MapSet): MapSet {
  const messages = new Map(
    [...maps.messages].map(([name, map]) => [
      name,
      {
        ...map,
        rows: withPatientRows(
          map.structure,
          withOperator(
            map.rows.filter(({ using, target }) => !DROPPED.has(using) && target !== 'Bundle').map(rewriteRow),
          ),
        ),
      },
    ]),
  )
  return { ...maps, messages }
}

/** Who registered the event is the sender where EVN-5 does not say: the guide has this for ADT, and it holds for all. */
function withOperator(rows: readonly MessageMapRow[]): readonly MessageMapRow[] {
  const event = rows.find(({ using }) => using === 'EVN[Provenance]')
  if (event === undefined || rows.some(({ using }) => using === 'MSH[Provenance-Operator]')) return rows
  const { at, target } = event
  const when = 'IF EVN-5 NOT VALUED AND (MSH-22 VALUED OR MSH-4 VALUED)'
  return [...rows, { at, target, using: 'MSH[Provenance-Operator]', when }]
}

/** The patient's account and guarantor come with every message that has them, not only with ADT. */
function withPatientRows(structure: string, rows: readonly MessageMapRow[]): readonly MessageMapRow[] {
  const patient = rows.find(({ using }) => using === 'PID[Patient]')
  if (patient === undefined) return rows
  const { at, target } = patient
  const more: MessageMapRow[] = []
  if (!rows.some(({ using }) => using === 'PID[Account]')) {
    more.push({ at, target: 'Account', using: 'PID[Account]', references: `Account.subject=${target}` })
  }
  if (/(?:^| )GT1/.test(structure)) {
    const group = at.slice(0, -'PID'.length)
    more.push({
      at: `${group}GT1`,
      target: 'RelatedPerson[GT1]',
      using: 'GT1[RelatedPerson]',
      references: `RelatedPerson[GT1].patient=${target}`,
    })
  }
  return [...rows, ...more]
}

function rewriteRow(row: MessageMapRow): MessageMapRow {
  const segment = (row.at.split('.').at(-1) ?? '').replace(/@.*/, '')
  if (row.using.startsWith('OBX[Observation')) return { ...row, when: resultCondition(row) }
  if (row.using === 'PV1[Coverage]')
    return {
      ...row,
      target: 'Coverage[class]',
      when: 'IF PV1-20 VALUED',
      references: 'Coverage[class].beneficiary=Patient[1]',
    }
  if (row.using === 'OBR[Specimen]')
    return { ...row, when: 'IF SPM NOT VALUED', target: 'Specimen[OBR]', references: specimenOwner(row) }
  if (row.using === 'PID[Provenance-Patient]')
    return { ...row, when: 'IF PID-33 VALUED AND PID-34 VALUED', references: `${row.target}.target=Patient[1]` }
  if (segment === 'SFT') return { ...row, target: 'Device[SFT]', references: 'Provenance[1].entity.what=Device[SFT]' }
  if (segment === 'NTE' && row.using === 'NTE[ServiceRequest]' && row.target.startsWith('Observation'))
    return { ...row, using: 'NTE[Observation]' }
  // Whether the receiver wants orders with its immunisations is its own choice: a patch may add them.
  if (row.using === 'ORC[ServiceRequest]' && (row.references ?? '').startsWith('ServiceRequest.subject.reference'))
    return { ...row, when: 'IF RXA NOT VALUED' }
  if (row.using === 'DG1[Encounter]')
    return { ...row, when: 'IF PV1 VALUED', references: 'Encounter[1].diagnosis.condition=Condition[1]' }
  if (row.using === 'DG1[Condition]' && row.target.startsWith('ServiceRequest')) {
    return { ...row, target: 'Condition[1]', references: 'ServiceRequest[1].reasonReference=Condition[1]' }
  }
  if (
    row.using === 'ORC[ServiceRequest]' &&
    row.at.includes('COMMON_ORDER') &&
    (row.references ?? '').includes('DiagnosticReport')
  ) {
    return { ...row, when: 'IF ORC-2 VALUED OR ORC-3 VALUED OR OBR-2 VALUED OR OBR-3 VALUED OR ORC-12 VALUED' }
  }
  if (row.using === 'OBR[ServiceRequest]' && row.at.includes('ORDER_OBSERVATION')) {
    return {
      ...row,
      when: 'IF ORC VALUED OR OBR-2 VALUED OR OBR-3 VALUED OR OBR-16 VALUED',
      references: 'DiagnosticReport[1].basedOn=ServiceRequest[1]',
    }
  }
  return row
}

/** Lines of a text are repetitions too, and stay one value. */
function resultCondition(row: MessageMapRow): string {
  const several = row.using === 'OBX[Observation-Component]'
  const what = several
    ? 'OBX-5 LST.count GREATER THAN 1 AND OBX-2 NOT IN'
    : 'OBX-5 LST.count LESS THAN OR EQUALS 1 OR OBX-2 IN'
  const count = `(${what} ("NA", "ST", "TX", "FT", "ED", "RP"))`
  const kind = /OBX-29.*?((?:NOT )?IN) \("QST", "SCI"\)/.exec(row.when ?? '')?.[1]
  return kind === undefined ? `IF ${count}` : `IF ${count} AND OBX-29 ${kind} ("QST", "SCI")`
}

function specimenOwner({ at, references = '' }: MessageMapRow): string {
  if (references !== '') return references.replaceAll(/Specimen(?:\[[^\]]*\])?/g, 'Specimen[OBR]')
  return at.includes('OBSERVATION_REQUEST') ? 'ServiceRequest[1].specimen=Specimen[OBR]' : ''
}
