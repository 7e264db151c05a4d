/**
 * Messages per second of processor time: ADT^A01 to Bundle, and ORU with 20 OBX.
 *
 *   npm run bench -w standards/mapping
 */
import { parse } from '@samband/hl7v2'
import { toFhir } from '../src/index.ts'

const ADT = [
  'MSH|^~\\&|SYSTEM|HOSPITAL|HUB|SAMBAND|20260131235900+0100||ADT^A01^ADT_A01|MSG1|P|2.5.1',
  'EVN|A01|20260131235900+0100|||C006^Hansen^Kari^^^^^^HPR',
  'PID|1||10101^^^HOSPITAL^MR~05843012345^^^&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Ola^Per^^^^L||19800514|M|||Storgata 1^^Oslo^^0155^NO^H||^PRN^PH^^47^^22334455|^WPN^PH^^47^^99887766|nb|M|||||||||||N',
  'NK1|1|Nordmann^Kari|SPO^Spouse^HL70063|Storgata 1^^Oslo^^0155^NO|^PRN^PH^^47^^22334455',
  'PV1|1|I|MED1^204^2^SYKEHUS||||C006^Hansen^Kari^^^^^^HPR|||MED||||1|||C006^Hansen^Kari^^^^^^HPR|IP|V100^^^HOSPITAL^VN|||||||||||||||||||||||||20260131230000',
  'PV2|||R07.4^Chest pain^I10',
  'AL1|1|DA|N02BE01^Paracetamol^ATC|MO|Rash',
  'DG1|1||R07.4^Chest pain^I10||20260131|A',
].join('\r')

const ORU = [
  'MSH|^~\\&|LAB|LABORATORY|HUB|SAMBAND|20260131235900+0100||ORU^R01^ORU_R01|MSG2|P|2.5.1',
  'PID|1||10101^^^HOSPITAL^MR||Nordmann^Ola||19800514|M',
  'PV1|1|I|MED1^204^2^SYKEHUS',
  'ORC|RE|O1^SYSTEM|F1^LAB||CM||||20260131220000|||C006^Hansen^Kari^^^^^^HPR',
  'OBR|1|O1^SYSTEM|F1^LAB|24323-8^Metabolic panel^LN|||20260131220000|||||||||C006^Hansen^Kari^^^^^^HPR||||||20260131235000||LAB|F',
  ...Array.from(
    { length: 20 },
    (_, i) =>
      `OBX|${i + 1}|NM|${2000 + i}-1^Analyte ${i}^LN||${i}.50|mmol/L^mmol/L^UCUM|1.0-9.0|N|||F|||20260131220000||T1^Tekniker^Tom`,
  ),
].join('\r')

function measure(name: string, text: string, atLeast: number): void {
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const message = parse(text)
      if (message.ok) toFhir(message.message)
    }
  }
  run(2000)
  const rates: number[] = []
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    run(500)
    const { user, system } = process.cpuUsage(before)
    rates.push(500 / ((user + system) / 1e6))
  }
  const best = Math.max(...rates)
  console.log(`${name.padEnd(24)} ${best.toFixed(0).padStart(7)} per CPU second (wanted ${atLeast})`)
}

measure('ADT^A01 to Bundle', ADT, 5000)
measure('ORU^R01, 20 OBX', ORU, 1500)
