import { controlIdBytes, writeControlId, writeDigits } from './control-id.ts'
import { type Facts, factsOf } from './people.ts'

/**
 * The scenario's messages: alternating ADT^A01 and ORU^R01 of about 1 kB. The number within the connection stands in
 * MSH-10 and MSH-13 (sequence number); each connection has patients of its own, so that the order per patient is defined.
 */
type MessageText = (controlId: string, key: string, sequence: string, facts: Facts) => string

const adt: MessageText = (controlId, key, sequence, f) =>
  `MSH|^~\\&|EHR|AHUS|SAMBAND|AHUS|${f.time}||ADT^A01^ADT_A01|${controlId}|P|2.5.1|${sequence}|||||UNICODE UTF-8\r` +
  `EVN|A01|${f.time}|||${f.doctor}^^^^^^HPR\r` +
  `PID|1||${key}^^^AHUS^MR~13816900216^^^NO^NNNOR||${f.family}^${f.given}^${f.middle}^^^^L||${f.born}|${f.sex}|||${f.street}^^${f.town}^^${f.postcode}^NO^H||${f.phone}^PRN^CP|||G|||||||0025\r` +
  `NK1|1|${f.kin}^^^^^L|SPO^Spouse^HL70063|${f.street}^^${f.town}^^${f.postcode}^NO^H|${f.phone}^PRN^CP\r` +
  `PV1|1|I|${f.ward}^AHUS^^^^^Medisinsk|R|||${f.doctor}^^^^^^HPR|${f.consultant}^^^^^^HPR||MED||||1|||${f.doctor}^^^^^^HPR|INP|${f.visit}^^^AHUS^VN|||||||||||||||||||||||||${f.time}\r` +
  `AL1|1|DA^Drug allergy^HL70127|${f.drug}^ATC|MO^Moderate^HL70128|Utslett\r` +
  `DG1|1||${f.diagnosis}^ICD10||${f.time}|A\r` +
  `IN1|1|HELFO^Folketrygden|NAV|Helfo|Postboks 2415^^Tønsberg^^3104^NO\r`

const tests = [
  ['NPU02319^B-Hemoglobin', 'g/dL', '13.4-17.0'],
  ['NPU02593^B-Leukocytter', '10*9/L', '4.1-9.8'],
  ['NPU03568^B-Trombocytter', '10*9/L', '145-348'],
  ['NPU19748^P-C-reaktivt protein', 'mg/L', '<5'],
  ['NPU04998^P-Kreatinin', 'umol/L', '60-105'],
] as const

const oru: MessageText = (controlId, key, sequence, f) =>
  `MSH|^~\\&|LIS|AHUS|SAMBAND|AHUS|${f.time}||ORU^R01^ORU_R01|${controlId}|P|2.5.1|${sequence}|||||UNICODE UTF-8\r` +
  `PID|1||${key}^^^AHUS^MR||${f.family}^${f.given}^${f.middle}^^^^L||${f.born}|${f.sex}\r` +
  `PV1|1|I|${f.ward}^AHUS\r` +
  `ORC|RE|ORD${f.order}^EHR|LAB${f.specimen}^LIS||CM||||${f.time}|||${f.doctor}^^^^^^HPR\r` +
  `OBR|1|ORD${f.order}^EHR|LAB${f.specimen}^LIS|HEM^Hematologi^L|||${f.time}|||||||||${f.doctor}^^^^^^HPR||||||${f.time}||LAB|F\r` +
  tests
    .map(([test, unit, normal], number) => {
      const { value = '', flag = '' } = f.results[number] ?? {}
      return `OBX|${number + 1}|NM|${test}^NPU||${value}|${unit}|${normal}|${flag}|||F|||${f.time}\r`
    })
    .join('') +
  'NTE|1|L|Prøven er lett hemolysert.\r'

const controlIdMark = 'C'.repeat(controlIdBytes)
const connectionDigits = 4
const keyDigits = 2
const keyMark = `P${'K'.repeat(connectionDigits)}-${'K'.repeat(keyDigits)}`
const sequenceDigits = 8
const sequenceMark = 'S'.repeat(sequenceDigits)

/** Different contents a connection, so that what is stored compresses no better than a hospital's messages. */
const contentsPerConnection = 16

type Template = { readonly frame: Buffer; readonly controlId: number; readonly key: number; readonly sequence: number }

/**
 * The messages of one connection, each as a whole MLLP frame. The bytes are used again for a later message: good for a
 * sender that has one message under way.
 */
export class MessageFrames {
  readonly #connection: number
  readonly #keys: number
  readonly #templates: readonly Template[]

  /** `keys`: patients of this connection, at most 100. */
  constructor(connection: number, keys: number) {
    this.#connection = connection
    this.#keys = keys
    this.#templates = Array.from({ length: contentsPerConnection }, (_, number) =>
      template(number % 2 === 0 ? adt : oru, connection, factsOf(connection * contentsPerConnection + number)),
    )
  }

  frame(index: number): Buffer {
    // There are as many as the remainder can be.
    const { frame, controlId, key, sequence } = this.#templates[index % contentsPerConnection] as Template
    writeControlId(frame, controlId, this.#connection, index)
    writeDigits(frame, key + keyMark.length - keyDigits, keyDigits, index % this.#keys)
    writeDigits(frame, sequence, sequenceDigits, index)
    return frame
  }
}

function template(text: MessageText, connection: number, facts: Facts): Template {
  const frame = Buffer.from(`\x0b${text(controlIdMark, keyMark, sequenceMark, facts)}\x1c\r`)
  const key = frame.indexOf(keyMark)
  writeDigits(frame, key + 1, connectionDigits, connection)
  return { frame, controlId: frame.indexOf(controlIdMark), key, sequence: frame.indexOf(sequenceMark) }
}
