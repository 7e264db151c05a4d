import type { Message } from '@samband/hl7v2'

/** Structures by event, for messages whose MSH-9.3 says none or one that no map knows (HL7 v2.8.2 chapter 3, tables 0003 and 0354). */
const STRUCTURES: Readonly<Record<string, readonly string[]>> = {
  // The structures of these events are parts of ADT_A01, and senders put more into them than the standard allows: nothing is lost so.
  ADT_A01: [1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 21, 22, 23, 25, 26, 27, 29, 32, 33].map(
    number => `ADT^A${String(number).padStart(2, '0')}`,
  ),
  ADT_A05: ['ADT^A05', 'ADT^A14', 'ADT^A28', 'ADT^A31'],
  ADT_A06: ['ADT^A06', 'ADT^A07'],
  ADT_A17: ['ADT^A17', 'ADT^A24', 'ADT^A37'],
  ADT_A39: [
    'ADT^A18',
    'ADT^A30',
    'ADT^A34',
    'ADT^A35',
    'ADT^A36',
    'ADT^A39',
    'ADT^A40',
    'ADT^A41',
    'ADT^A42',
    'ADT^A43',
    'ADT^A44',
    'ADT^A45',
    'ADT^A46',
    'ADT^A47',
    'ADT^A48',
    'ADT^A49',
    'ADT^A50',
    'ADT^A51',
  ],
  ORU_R01: ['ORU', 'OUL', 'ORF'],
  ORM_O01: ['ORM', 'ORR'],
  OML_O21: ['OML', 'OMG', 'OMI', 'ORL', 'ORG'],
  SIU_S12: ['SIU', 'SRM', 'SRR'],
  MDM_T02: ['MDM'],
  VXU_V04: ['VXU', 'VXR'],
  RDE_O11: ['RDE', 'RDS', 'RAS', 'RGV', 'OMP', 'RRE'],
  DFT_P03: ['DFT', 'BAR'],
  PPR_PC1: ['PPR', 'PGL', 'PPP'],
  REF_I12: ['REF', 'RRI', 'RPA', 'RQA'],
}

const BY_EVENT = new Map(
  Object.entries(STRUCTURES).flatMap(([structure, events]) => events.map(event => [event, structure] as const)),
)

/** Name of the message map for a message; undefined where none reads its kind. */
export function structureFor(message: Message, known: (name: string) => boolean): string | undefined {
  const [code = '', event = '', structure = ''] = [1, 2, 3].map(n => message.text(`MSH-9.${n as 1 | 2 | 3}`) ?? '')
  const names = [BY_EVENT.get(`${code}^${event}`), `${code}_${event}`, structure, BY_EVENT.get(code)]
  for (const name of names) if (name !== undefined && known(name)) return name
  return code === 'ADT' && known('ADT_A01') ? 'ADT_A01' : undefined
}
