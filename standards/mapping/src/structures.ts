import type { Message } from '@samband/hl7v2'

/** Structures by event, for messages whose MSH-9.3 says none or one that no map knows (HL7 v2.8.2 chapter 3, tables 0003 and 0354). */
const STRUCTURES: Readonly<Record<string, readonly string[]>> = {
  ADT_A01: ['ADT^A01', 'ADT^A04', 'ADT^A08', 'ADT^A13'],
  ADT_A02: [
    'ADT^A02',
    'ADT^A03',
    'ADT^A21',
    'ADT^A22',
    'ADT^A23',
    'ADT^A25',
    'ADT^A26',
    'ADT^A27',
    'ADT^A29',
    'ADT^A32',
    'ADT^A33',
  ],
  ADT_A05: ['ADT^A05', 'ADT^A14', 'ADT^A28', 'ADT^A31'],
  ADT_A06: ['ADT^A06', 'ADT^A07'],
  ADT_A09: ['ADT^A09', 'ADT^A10', 'ADT^A11', 'ADT^A12', 'ADT^A15', 'ADT^A16'],
  ADT_A17: ['ADT^A17'],
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
  // What is said of A03, A11 and others has segments that their own structure forbids: the event decides before MSH-9.3 does.
  const byEvent = BY_EVENT.get(`${code}^${event}`) ?? BY_EVENT.get(code)
  for (const name of [`${code}_${event}`, structure, byEvent]) if (name !== undefined && known(name)) return name
  return code === 'ADT' && known('ADT_A01') ? 'ADT_A01' : undefined
}
