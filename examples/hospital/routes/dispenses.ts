import { hl7v2, mllp } from '@samband/connectors'
import { drop, type RouteDefinition, route, via } from '@samband/route'
import { dispenseToCommon } from '../mappings/pharmacy-to-common.ts'
import charges from './charges.ts'

/** What the pharmacy handed out returns to the chart, and is charged for. */
const dispenses: RouteDefinition = route('dispenses', {
  version: '1.0.0',
  owner: 'team-pharmacy',
  purpose: 'treatment',
  description: 'Article numbers become ATC codes.',
})
  .from(mllp({ endpoint: 'pharmacy-in' }))
  .parse(hl7v2())
  .dedupe({ key: m => m.controlId, window: '7d' })
  .orderBy(m => m.text('PID-3.1'))
  .filter('dispenses-only', m => (m.type === 'RDS^O13' ? true : drop('not a dispense')))
  .map('to-common', dispenseToCommon)
  .to('ehr', mllp({ endpoint: 'ehr-out' }), {
    retry: { attempts: 20, backoff: '500ms', max: '30s' },
    onExhausted: 'hold',
  })
  .to('charges', via(charges))
  .onError({ deadLetter: 'dispenses', groupBy: e => `${e.step}:${e.code}`, notify: 'team-pharmacy' })

export default dispenses
