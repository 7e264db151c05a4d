/**
 * What kind of data a field holds, and so what becomes of it:
 *
 * - `name`, `person` (an id and a name, as XCN), `identifier`, `address`, `phone`: stable pseudonyms, part by part
 * - `birth-date`: another day within a year; `moment`: kept, or moved with `moveDates`
 * - `text`: replaced by `REDACTED_TEXT`; `clear`: emptied
 * - `coded`: kept, but for text that somebody typed instead of a code
 * - `location`: kept, but for its description
 * - `keep`: kept. What is kept is still searched for the names and identifiers that were replaced.
 */
export const DATA_CLASSES = [
  'name',
  'person',
  'identifier',
  'address',
  'phone',
  'birth-date',
  'moment',
  'text',
  'clear',
  'coded',
  'location',
  'keep',
] as const

export type DataClass = (typeof DATA_CLASSES)[number]

/** A class for what a path names: a field (`PID-3`), or a whole segment (`NTE`, `ZPD`). */
export interface RedactionRule {
  readonly path: string
  readonly as: DataClass
}

const BY_DATA_TYPE: { readonly [dataClass in DataClass]?: string } = {
  name: 'PN XPN',
  person: 'CN XCN CNN PPN NDL CM_NDL CM_PRACTITIONER',
  identifier:
    'CK CX CK_ACCOUNT_NO CM_PAT_ID CM_PAT_ID_0192 EI EIP CM_EIP CM_FILLER CM_PLACER CM_GROUP_ID PI CM_PI PLN CM_PLN DLN CM_LICENSE_NO',
  address: 'AD XAD SAD',
  phone: 'TN XTN',
  moment: 'DT TM TS DTM DR',
  text: 'ST TX FT AUI CM_AUI',
  clear: 'ED RP',
  coded: 'CE CWE CNE CF',
  location: 'PL CM_INTERNAL_LOCATION CM_LA1 LA1 LA2 CM_DLD DLD',
  // Codes, numbers, amounts, ranges, organisations: nothing that is about one person.
  keep: `ID IS SI NM CQ SN MO CP NR NA NUL HD XON FC CM_FINANCE RFR CM_RFR CM_RANGE CM_ABS_RANGE DLT CM_DLT JCC CM_JOB_CODE SPS CM_SPS MSG CM_MSG PT VID
    MOP CM_PEN UVC CM_UVC OCD CM_OCD OSP CM_OSP RMC CM_RMC PTA CM_PTA DDI CM_DDI DTN CM_DTN PCF CM_PCF ICD MOC CM_MOC RI RPT TQ VH CCD CM_CCD ERL SRT RCD
    SPD CM_SPD PIP CM_PIP DIN CM_DIN OG PRL CM_PRL CM_BATCH_TOTAL MA`,
}

const CLASSES = new Map<string, DataClass>(
  Object.entries(BY_DATA_TYPE).flatMap(([dataClass, types]) =>
    // The keys are the table's own.
    types.split(/\s+/).map(type => [type, dataClass as DataClass] as const),
  ),
)

/** The class of a data type; undefined for one that says nothing about its content (`varies`, query parameters, unknown ones). */
export function classOfDataType(dataType: string): DataClass | undefined {
  return CLASSES.get(dataType)
}
