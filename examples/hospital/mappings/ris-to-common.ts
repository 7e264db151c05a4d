import { SambandError } from '@samband/errors'
import { convertCharset, type Message } from '@samband/hl7v2'
import { ehrProcedure, radiologyCodes } from '../codes/radiology-codes.ts'
import { hospitalPatient, toCommonHeader } from './to-common.ts'

const structures: Readonly<Record<string, string>> = {
  'ORU^R01': 'ORU_R01',
  'ORM^O01': 'ORM_O01',
  'ORR^O02': 'ORR_O02',
}

/**
 * From the radiology system's 2.3 in ISO 8859-1 to the common dialect: names family first, procedures as the EHR orders
 * them.
 */
export function radiologyToCommon(message: Message): Message {
  toCommonHeader(message, structures[message.type] ?? '')
  hospitalPatient(message)
  const name = [message.text('PID-5.2') ?? '', message.text('PID-5.1') ?? '']
  message.setRaw('PID-5', '').set('PID-5', name)
  const procedure = message.text('OBR-4.1')
  if (procedure !== undefined) message.set('OBR-4', procedureOf(procedure))
  return convertCharset(message, 'utf-8')
}

function procedureOf(risCode: string): readonly string[] {
  const code = ehrProcedure(risCode)
  const known = code === undefined ? undefined : radiologyCodes[code]
  if (code !== undefined && known !== undefined)
    return [code, known.name, '99EPJ', risCode, known.name.toUpperCase(), 'RIS']
  throw new SambandError({
    code: 'procedure-unmapped',
    category: 'not-found',
    message: 'the procedure in OBR-4 is unknown: add it to radiologyCodes in codes/radiology-codes.ts, then reprocess',
  })
}
