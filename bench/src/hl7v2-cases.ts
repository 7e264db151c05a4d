export type Hl7v2Case = 'adt-edit' | 'adt-edit-utf8' | 'adt-pass-through' | 'adt-header' | 'adt-validate' | 'oru-read'

/** A library's way to do a case; gives a number that depends on the work, so that none of it can be left out. */
export type Hl7v2Run = (bytes: Uint8Array) => number

/** An ADT^A01 of 815 bytes. The person is synthetic (Norwegian test series, month + 80). */
export const ADT: string = [
  'MSH|^~\\&|EHR|SYKEHUSET|LIS|LAB|20260131101500+0100||ADT^A01^ADT_A01|EHR0000001|P|2.5.1|||AL|NE|NOR|UNICODE UTF-8',
  'EVN|A01|20260131101500+0100|||LEGE1^Hansen^Kari',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNO~4711^^^SYKEHUSET^MR||Nordmann^Ola^Testesen||19690116|M|||Storgata 1^^Oslo^^0155^NO^H||+4799999999^PRN^CP|||M|||||||||||||N',
  'NK1|1|Nordmann^Kari^Testesen|SPO^Ektefelle^HL70063|Storgata 1^^Oslo^^0155^NO|+4798888888',
  'PV1|1|I|MED1^204^2^SYKEHUSET|R|||LEGE1^Hansen^Kari^^^Dr|LEGE2^Olsen^Per|KIR|MED||||7|||LEGE1^Hansen^Kari|I|EP20260131001^^^SYKEHUSET^VN|||||||||||||||||||||||||20260131100000+0100',
  'PV2|||^Observasjon',
  'AL1|1|DA|J01CA04^Amoksicillin^ATC|MO|Utslett',
  'IN1|1|FOLKETRYGD^Folketrygden|HELFO 1|Helsedirektoratet||||||||20260101||||Nordmann^Ola',
  'DG1|1||J18.9^Uspesifisert pneumoni^ICD-10||20260131|A',
  '',
].join('\r')

/** An ORU^R01 of 10.7 kB with 95 OBX. */
export const ORU: string = [
  'MSH|^~\\&|LIS|LAB|EHR|SYKEHUSET|20260131113000+0100||ORU^R01^ORU_R01|LIS0000001|P|2.5.1||||||UNICODE UTF-8',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNO||Nordmann^Ola^Testesen||19690116|M',
  'ORC|RE|BEST1^EHR|LAB1^LIS||CM',
  'OBR|1|BEST1^EHR|LAB1^LIS|ALLE^Alle prøver^L|||20260131103000|||||||||LEGE1^Hansen^Kari||||||20260131112500|||F',
  ...Array.from(
    { length: 95 },
    (_, i) =>
      `OBX|${i + 1}|NM|NPU${String(19_600 + i)}^B-Hemoglobin^NPU^${i}^L-Hb^L||${(10 + i / 10).toFixed(1)}|g/dL^gram per dl^UCUM|11.7-15.3||||F|||20260131110000||A`,
  ),
  '',
].join('\r')
