import type { Hl7Version } from '../src/dictionary/version-id.ts'
import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { type Models, modelOf, type VersionModel } from './version-model.ts'

/** HL7's table of message structures lists the trigger events of each: `ADT_A05` is for `A05, A14, A28, A31`. */
const STRUCTURES_TABLE = '0354'

/** Misprints of the table, by what it prints. */
const MISPRINTS: Readonly<Record<string, string>> = {
  '007': 'O07',
  '022': 'O22',
  '136': 'A36',
  '1II': 'I11',
  I17: 'I17',
  I1I: 'I11',
  RPI_I0I: 'RPI_I01',
  RQI_I0I: 'RQI_I01',
}

/** Structures by message code and event, as the version's table has them. Gives how many were added. */
export function readEvents(model: VersionModel): number {
  let added = 0
  for (const { code, meaning } of model.tables.get(STRUCTURES_TABLE)?.codes ?? []) {
    const structure = MISPRINTS[code] ?? code
    const message = structure.split('_')[0] ?? ''
    if (message === 'ACK') continue
    for (const event of eventsIn(meaning)) added += addEvent(model, message, event, structure)
  }
  return added
}

/** Events that the table leaves out, from the nearest version that knows them: newer ones first. */
export function completeEvents(model: VersionModel, models: Models): number {
  let added = 0
  for (const version of nearestFirst(model.version)) {
    for (const [message, events] of modelOf(models, version).events) {
      for (const [event, structure] of events) added += addEvent(model, message, event, structure)
    }
  }
  return added
}

/** An event whose structure carries its own name needs no entry: `structureOf` finds ADT_A01 without. */
function addEvent(model: VersionModel, message: string, event: string, structure: string): number {
  const own = `${message}_${event}`
  if (model.structures.has(own) || !model.structures.has(structure) || model.events.get(message)?.has(event)) return 0
  const events = model.events.get(message) ?? new Map<string, string>()
  events.set(event, structure)
  model.events.set(message, new Map([...events].sort(([a], [b]) => (a < b ? -1 : 1))))
  return 1
}

/** `M01-M06` is a range. */
function eventsIn(text: string): string[] {
  return text.split(/[,. ]+/).flatMap(part => {
    const range = /^([A-Z])(\d\d)-\1(\d\d)$/.exec(part)
    if (range !== null) {
      const [first, last] = [Number(range[2]), Number(range[3])]
      return Array.from(
        { length: last - first + 1 },
        (_, index) => `${range[1]}${String(first + index).padStart(2, '0')}`,
      )
    }
    const event = MISPRINTS[part] ?? part
    return /^[A-Z][A-Z0-9]{2}$/.test(event) ? [event] : []
  })
}

function nearestFirst(version: Hl7Version): readonly Hl7Version[] {
  const at = HL7_VERSIONS.indexOf(version)
  return [...HL7_VERSIONS.slice(at + 1), ...HL7_VERSIONS.slice(0, at).reverse()]
}
