import { controlIdBytes, writeControlId, writeDigits } from './control-id.ts'

/**
 * The scenario's messages: alternating ADT^A01 and ORU^R01 of about 1 kB. The number within the connection stands in
 * MSH-10 and MSH-13 (sequence number); each connection has patients of its own, so that the order per patient is defined.
 */
const adt = (controlId: string, key: string, sequence: string): string =>
  `MSH|^~\\&|EHR|AHUS|SAMBAND|AHUS|20260101120000+0100||ADT^A01^ADT_A01|${controlId}|P|2.5.1|${sequence}|||||UNICODE UTF-8\r` +
  'EVN|A01|20260101120000+0100|||DOC01^Legesen^Kari^^^^^^HPR\r' +
  `PID|1||${key}^^^AHUS^MR~13816900216^^^NO^NNNOR||Nordmann^Ola^Johannes^^^^L||19690113|M|||Storgata 1^^Lillestrøm^^2000^NO^H||+4799999999^PRN^CP|||G|||||||0025\r` +
  'NK1|1|Nordmann^Kari^^^^^L|SPO^Spouse^HL70063|Storgata 1^^Lillestrøm^^2000^NO^H|+4798888888^PRN^CP\r' +
  'PV1|1|I|MED^301^1^AHUS^^^^^Medisinsk|R|||DOC01^Legesen^Kari^^^^^^HPR|DOC02^Hansen^Per^^^^^^HPR||MED||||1|||DOC01^Legesen^Kari^^^^^^HPR|INP|V100200^^^AHUS^VN|||||||||||||||||||||||||20260101115500+0100\r' +
  'AL1|1|DA^Drug allergy^HL70127|J01CE^Beta-laktamaseømfintlige penicilliner^ATC|MO^Moderate^HL70128|Utslett\r' +
  'DG1|1||J18.9^Uspesifisert pneumoni^ICD10||20260101120000+0100|A\r' +
  'IN1|1|HELFO^Folketrygden|NAV|Helfo|Postboks 2415^^Tønsberg^^3104^NO\r'

const oru = (controlId: string, key: string, sequence: string): string =>
  `MSH|^~\\&|LIS|AHUS|SAMBAND|AHUS|20260101120500+0100||ORU^R01^ORU_R01|${controlId}|P|2.5.1|${sequence}|||||UNICODE UTF-8\r` +
  `PID|1||${key}^^^AHUS^MR||Nordmann^Ola^Johannes^^^^L||19690113|M\r` +
  'PV1|1|I|MED^301^1^AHUS\r' +
  'ORC|RE|ORD778899^EHR|LAB445566^LIS||CM||||20260101120000+0100|||DOC01^Legesen^Kari^^^^^^HPR\r' +
  'OBR|1|ORD778899^EHR|LAB445566^LIS|HEM^Hematologi^L|||20260101113000+0100|||||||||DOC01^Legesen^Kari^^^^^^HPR||||||20260101120500+0100||LAB|F\r' +
  'OBX|1|NM|NPU02319^B-Hemoglobin^NPU||13.4|g/dL|13.4-17.0|N|||F|||20260101113000+0100\r' +
  'OBX|2|NM|NPU02593^B-Leukocytter^NPU||11.2|10*9/L|4.1-9.8|H|||F|||20260101113000+0100\r' +
  'OBX|3|NM|NPU03568^B-Trombocytter^NPU||238|10*9/L|145-348|N|||F|||20260101113000+0100\r' +
  'OBX|4|NM|NPU19748^P-C-reaktivt protein^NPU||86|mg/L|<5|HH|||F|||20260101113000+0100\r' +
  'OBX|5|NM|NPU04998^P-Kreatinin^NPU||74|umol/L|60-105|N|||F|||20260101113000+0100\r' +
  'NTE|1|L|Prøven er lett hemolysert.\r'

const controlIdMark = 'C'.repeat(controlIdBytes)
const connectionDigits = 4
const keyDigits = 2
const keyMark = `P${'K'.repeat(connectionDigits)}-${'K'.repeat(keyDigits)}`
const sequenceDigits = 8
const sequenceMark = 'S'.repeat(sequenceDigits)

type Template = { readonly frame: Buffer; readonly controlId: number; readonly key: number; readonly sequence: number }

/**
 * The messages of one connection, each as a whole MLLP frame. The bytes are used again for the next but one message:
 * good for a sender that has one message under way.
 */
export class MessageFrames {
  readonly #connection: number
  readonly #keys: number
  readonly #templates: readonly [Template, Template]

  /** `keys`: patients of this connection, at most 100. */
  constructor(connection: number, keys: number) {
    this.#connection = connection
    this.#keys = keys
    this.#templates = [template(adt, connection), template(oru, connection)]
  }

  frame(index: number): Buffer {
    const { frame, controlId, key, sequence } = index % 2 === 0 ? this.#templates[0] : this.#templates[1]
    writeControlId(frame, controlId, this.#connection, index)
    writeDigits(frame, key + keyMark.length - keyDigits, keyDigits, index % this.#keys)
    writeDigits(frame, sequence, sequenceDigits, index)
    return frame
  }
}

function template(text: typeof adt, connection: number): Template {
  const frame = Buffer.from(`\x0b${text(controlIdMark, keyMark, sequenceMark)}\x1c\r`)
  const key = frame.indexOf(keyMark)
  writeDigits(frame, key + 1, connectionDigits, connection)
  return { frame, controlId: frame.indexOf(controlIdMark), key, sequence: frame.indexOf(sequenceMark) }
}
