import { fhir, hl7v2, mllp } from '@samband/connectors'
import { drop, type RouteDefinition, route, via } from '@samband/route'
import { reportToTransaction } from '../mappings/fhir/to-transaction.ts'
import { radiologyToCommon } from '../mappings/ris-to-common.ts'
import charges from './charges.ts'

const toEhr = new Set(['ORU^R01', 'ORM^O01', 'ORR^O02'])

/**
 * What radiology says of an order, from "taken" to the final report, goes to the EHR. The final report is charged for.
 */
const radiologyReports: RouteDefinition = route('radiology-reports', {
  version: '1.1.0',
  owner: 'team-radiology',
  purpose: 'treatment',
  description: 'Acceptance, status and report of an examination return to the one who ordered it.',
})
  .from(mllp({ endpoint: 'ris-in' }))
  .parse(hl7v2())
  .dedupe({ key: m => m.controlId, window: '7d' })
  .orderBy(m => m.text('PID-3.1'))
  .filter('orders-and-reports', m => (toEhr.has(m.type) ? true : drop('the EHR takes no such message')))
  .map('to-common', radiologyToCommon)
  .to('ehr', mllp({ endpoint: 'ehr-out' }), {
    retry: { attempts: 20, backoff: '500ms', max: '30s' },
    onExhausted: 'hold',
  })
  .to('hub', fhir.transaction(), {
    when: m => m.type === 'ORU^R01',
    map: reportToTransaction,
    retry: { attempts: 20, backoff: '500ms', max: '30s' },
  })
  .to('charges', via(charges), { when: m => m.type === 'ORU^R01' && m.text('OBR-25') === 'F' })
  .onError({ deadLetter: 'radiology-reports', groupBy: e => `${e.step}:${e.code}`, notify: 'team-radiology' })

export default radiologyReports
