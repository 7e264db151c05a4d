import type { Message } from '@samband/hl7v2'
import type { RunNumbers } from '../../run-numbers.ts'
import { BoundedMap } from '../bounded-map.ts'
import { PatientRegister } from '../patient-register.ts'
import { accepted, type SimulatedSystem, unsupported, type Verdict } from '../system.ts'

/** What a patient is charged. */
export type Account = { readonly mrn: string; readonly charges: readonly Charge[]; readonly totalNok: number }

export type Charge = { readonly code: string; readonly text: string; readonly amountNok: number }

/** Billing with its accounts to look into. */
export type Billing = SimulatedSystem & { readonly account: (mrn: string) => Account | undefined }

const accountsMax = 20_000

/**
 * Billing: HL7 2.3 in capital ASCII letters, merges as A34 because it never learned A40. It only listens. A charge for
 * somebody that it does not know goes to suspense, as in real billing systems, and to the account when the admission
 * arrives.
 */
export function createBilling(numbers: RunNumbers): Billing {
  const register = new PatientRegister(numbers, message => message.text('PID-5.1') ?? '')
  const accounts = new BoundedMap<string, Account>(accountsMax)
  const suspense = new BoundedMap<string, readonly Charge[]>(accountsMax)
  const count = { charges: 0, totalNok: 0 }

  const post = (mrn: string, charges: readonly Charge[]): void => {
    if (charges.length === 0) return
    const before = accounts.get(mrn) ?? { mrn, charges: [], totalNok: 0 }
    const totalNok = charges.reduce((sum, { amountNok }) => sum + amountNok, before.totalNok)
    accounts.set(mrn, { mrn, charges: [...before.charges, ...charges], totalNok })
  }

  const admit = (message: Message): Verdict => {
    if (message.type === 'ADT^A40') return unsupported(message.type)
    const verdict = register.register(message)
    const mrn = message.text('PID-3.1') ?? ''
    if (verdict.code !== 'AA') return verdict
    for (const number of [mrn, message.text('MRG-1.1') ?? '']) {
      post(register.find(mrn)?.mrn ?? mrn, suspense.get(number) ?? [])
      suspense.delete(number)
    }
    moveAccount(message.text('MRG-1.1') ?? '', mrn)
    return verdict
  }

  const moveAccount = (priorMrn: string, mrn: string): void => {
    const prior = accounts.get(priorMrn)
    if (prior === undefined) return
    accounts.delete(priorMrn)
    post(mrn, prior.charges)
  }

  const charge = (message: Message): Verdict => {
    const charges = message.segments('FT1').map(ft1 => ({
      code: ft1.text('7.1') ?? '',
      text: ft1.text('8') ?? '',
      amountNok: Number(ft1.text('11.1') ?? '0'),
    }))
    const given = message.text('PID-3.1') ?? ''
    const mrn = register.find(given)?.mrn ?? (register.knows(given) ? given : undefined)
    count.charges += charges.length
    count.totalNok += charges.reduce((sum, { amountNok }) => sum + amountNok, 0)
    if (mrn !== undefined) post(mrn, charges)
    else suspense.set(given, [...(suspense.get(given) ?? []), ...charges])
    return accepted
  }

  return {
    name: 'billing',
    receive: message => {
      if (message.text('MSH-9.1') === 'ADT') return admit(message)
      return message.type === 'DFT^P03' ? charge(message) : unsupported(message.type)
    },
    act: () => undefined,
    counts: () => ({ patients: register.size, refused: register.refused, suspense: suspense.size, ...count }),
    account: mrn => accounts.get(mrn),
  }
}
