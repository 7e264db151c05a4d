import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'
import { fhirDateTime } from './timestamps.ts'
import type { Vocabulary } from './vocabulary.ts'
import { mapCode } from './vocabulary.ts'

const EXTENSION = 'http://hl7.org/fhir/StructureDefinition/contactpoint-'
const PARTS = [
  [5, 'country'],
  [6, 'area'],
  [7, 'local'],
  [8, 'extension'],
] as const

const SYSTEMS = new Set(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'])

/** The concept maps that XTN goes through. */
export interface ContactVocabularies {
  readonly use: Vocabulary
  readonly equipment: Vocabulary
}

/** XTN as ContactPoint: the number as it was written, and its parts as extensions (`XTN[ContactPoint]`). */
export function contactPoint(value: V2Value, run: RunContext, vocabularies: ContactVocabularies): Json | undefined {
  const equipment = value.partText(3)
  const written = numberOf(value, equipment, run)
  if (written === undefined) return undefined
  const useCode = value.partText(2)
  const use = useCode === '' ? undefined : contactUse(useCode, vocabularies.use, run)
  const extension = PARTS.flatMap(([n, name]) => {
    const text = value.partText(n)
    if (text === '' || isInternet(equipment)) return []
    run.took(value.part(n), '.extension')
    return [{ url: `${EXTENSION}${name}`, valueString: text }]
  })
  if (run.explain) {
    run.took(value.part(2), '.use')
    run.took(value.part(3), '.system')
  }
  const rank = value.partText(18)
  return {
    ...(extension.length === 0 ? {} : { extension }),
    ...systemOf(value, equipment, written, vocabularies.equipment, run),
    value: written,
    ...(use === undefined ? {} : { use }),
    ...(/^[1-9]\d{0,8}$/.test(rank) ? { rank: Number(rank) } : {}),
    ...periodOf(value, run),
  }
}

function isInternet(equipment: string): boolean {
  return /^(?:internet|x\.400)$/i.test(equipment)
}

/** The address, the number as one text, or what its parts make; older senders have it in the first component. */
function numberOf(value: V2Value, equipment: string, run: RunContext): string | undefined {
  if (
    isInternet(equipment) ||
    (value.partText(4) !== '' && value.partText(12) === '' && value.partText(1) === '' && value.partText(7) === '')
  ) {
    for (const n of [4, 1]) {
      const address = value.partText(n)
      if (address === '') continue
      run.took(value.part(n), '.value')
      return address
    }
    return undefined
  }
  for (const n of value.partText(7) === '' ? [12, 1, 4] : [12]) {
    const text = value.partText(n)
    if (text === '') continue
    run.took(value.part(n), '.value')
    return text
  }
  return composed(value, run)
}

function composed(value: V2Value, run: RunContext): string | undefined {
  const local = value.partText(7)
  if (local === '') return undefined
  const country = value.partText(5)
  const area = value.partText(6)
  const extension = value.partText(8)
  run.took(value.part(7), '.value')
  const start = country === '' ? '' : `+${country.replace(/^\+/, '')} `
  return `${start}${area === '' ? '' : `${area} `}${local}${extension === '' ? '' : ` X${extension}`}`
}

function systemOf(value: V2Value, equipment: string, written: string, vocabulary: Vocabulary, run: RunContext): Json {
  if (equipment !== '') {
    const code = mapCode(vocabulary, equipment, run)?.code
    if (code !== undefined && SYSTEMS.has(code)) return { system: code }
    return { system: 'other' }
  }
  // Senders before 2.3.1 give a number and nothing else; what has digits and no letters can be nothing but a telephone.
  if (written.includes('@') || value.partText(4) === written) return { system: 'email' }
  if (/^[\d\s()+./x*#-]+$/i.test(written)) return { system: 'phone' }
  return {
    _system: {
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
    },
  }
}

function contactUse(code: string, vocabulary: Vocabulary, run: RunContext): string | undefined {
  if (/^(?:home|work|mobile)$/i.test(code)) return code.toLowerCase()
  const found = mapCode(vocabulary, code, run)?.code
  return found !== undefined && ['home', 'work', 'temp', 'old', 'mobile'].includes(found) ? found : undefined
}

function periodOf(value: V2Value, run: RunContext): Json {
  const period: Json = {}
  for (const [n, name] of [
    [13, 'start'],
    [14, 'end'],
  ] as const) {
    const text = value.partText(n)
    const time = text === '' ? undefined : fhirDateTime(text, run)
    if (time === undefined) continue
    run.took(value.part(n), `.period.${name}`)
    period[name] = time
  }
  return Object.keys(period).length === 0 ? {} : { period }
}
