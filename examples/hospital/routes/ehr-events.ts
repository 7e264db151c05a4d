import { fhir, hl7v2, mllp } from '@samband/connectors'
import { drop, type RouteDefinition, route } from '@samband/route'
import { isAdt } from '../mappings/common.ts'
import { adtToTransaction } from '../mappings/fhir/to-transaction.ts'
import { toBilling } from '../mappings/to-billing.ts'
import { toLis } from '../mappings/to-lis.ts'
import { toPharmacy } from '../mappings/to-pharmacy.ts'
import { toRis } from '../mappings/to-ris.ts'

const handled = new Set(['OML^O21', 'ORM^O01', 'RDE^O11'])
const retry = { attempts: 20, backoff: '500ms', max: '30s' } as const

/**
 * Everything the EHR says, on one route: an order must never overtake the admission that it belongs to, and only
 * messages of one route keep their order at a receiver.
 */
const ehrEvents: RouteDefinition = route('ehr-events', {
  version: '1.1.0',
  owner: 'team-ehr',
  purpose: 'treatment',
  description: 'Demographics go to every department and to the FHIR server, orders to the one that they concern.',
})
  .from(mllp({ endpoint: 'ehr-in' }))
  .parse(hl7v2())
  .dedupe({ key: m => m.controlId, window: '7d' })
  .orderBy(m => m.text('PID-3.1'))
  .filter('handled-here', m => (isAdt(m) || handled.has(m.type) ? true : drop('no department takes this message type')))
  .to('lis', mllp({ endpoint: 'lis-out' }), {
    when: m => isAdt(m) || m.type === 'OML^O21',
    map: toLis,
    retry,
    onExhausted: 'hold',
  })
  .to('ris', mllp({ endpoint: 'ris-out' }), {
    when: m => isAdt(m) || m.type === 'ORM^O01',
    map: toRis,
    retry,
    onExhausted: 'hold',
  })
  .to('pharmacy', mllp({ endpoint: 'pharmacy-out' }), {
    when: m => isAdt(m) || m.type === 'RDE^O11',
    map: toPharmacy,
    retry,
    onExhausted: 'hold',
  })
  .to('billing', mllp({ endpoint: 'billing-out' }), { when: isAdt, map: toBilling, retry, onExhausted: 'hold' })
  .to('hub', fhir.transaction(), { when: isAdt, map: adtToTransaction, retry })
  .onError({ deadLetter: 'ehr-events', groupBy: e => `${e.step}:${e.code}`, notify: 'team-ehr' })

export default ehrEvents
