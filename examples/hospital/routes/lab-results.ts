import { fhir, hl7v2, mllp } from '@samband/connectors'
import { drop, type RouteDefinition, route, via } from '@samband/route'
import type { Directory } from '../codes/directory.ts'
import { reportToTransaction } from '../mappings/fhir/to-transaction.ts'
import { analysisCodes, labReportToCommon } from '../mappings/lis-to-common.ts'
import charges from './charges.ts'

type Capabilities = { directory: Directory }

/**
 * Reports of the laboratory go to the EHR, preliminary and final: the EHR decides what a doctor sees when. What is
 * final is charged for.
 */
const labResults: RouteDefinition<Capabilities> = route<Capabilities>('lab-results', {
  version: '1.1.0',
  owner: 'team-lab',
  purpose: 'treatment',
  description: 'Local codes and units become NPU and SI before anybody reads them.',
})
  .from(mllp({ endpoint: 'lis-in' }))
  .parse(hl7v2())
  .dedupe({ key: m => m.controlId, window: '7d' })
  .orderBy(m => m.text('PID-3.1'))
  .filter('reports-only', m => (m.type === 'ORU^R01' ? true : drop('not a report')))
  .call(
    'look-up-codes',
    async (report, { directory }) => ({ report, codes: await directory.lookupAnalyses(analysisCodes(report)) }),
    { timeout: '2s' },
  )
  .map('to-common', ({ report, codes }) => labReportToCommon(report, codes))
  .to('ehr', mllp({ endpoint: 'ehr-out' }), {
    retry: { attempts: 20, backoff: '500ms', max: '30s' },
    onExhausted: 'hold',
  })
  .to('hub', fhir.transaction(), {
    map: reportToTransaction,
    retry: { attempts: 20, backoff: '500ms', max: '30s' },
  })
  .to('charges', via(charges), { when: m => m.segments('OBR').every(obr => obr.text('25') === 'F') })
  .onError({ deadLetter: 'lab-results', groupBy: e => `${e.step}:${e.code}`, notify: 'team-lab' })

export default labResults
