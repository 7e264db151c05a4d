import { hl7v2, mllp } from '@samband/connectors'
import { drop, type RouteDefinition, relay, route } from '@samband/route'
import type { Directory } from '../codes/directory.ts'
import { servicesOf, toCharge } from '../mappings/charges.ts'

type Capabilities = { directory: Directory }

/**
 * Laboratory, radiology and pharmacy all charge through here: each service of a message in the common dialect becomes
 * one charge. Nobody's treatment waits for billing, so a charge that billing refuses goes to the dead letters and holds
 * nothing.
 */
const charges: RouteDefinition<Capabilities> = route<Capabilities>('charges', {
  version: '1.0.0',
  owner: 'team-finance',
  purpose: 'billing',
  description: 'One charge for each examination or drug that has a tariff.',
})
  .from(relay())
  .parse(hl7v2())
  .dedupe({ key: m => m.controlId, window: '30d' })
  .orderBy(m => m.text('PID-3.1'))
  .split('per-service', servicesOf)
  .call('look-up-tariff', async (service, { directory }) => ({
    service,
    tariff: await directory.lookupTariff(service.code),
  }))
  .filter('chargeable', ({ tariff }) => (tariff.amountNok === 0 ? drop('no tariff: included in the stay') : true))
  .map('to-charge', toCharge)
  .to('billing', mllp({ endpoint: 'billing-out' }), { retry: { attempts: 8, backoff: '1s', max: '1m' } })
  .onError({ deadLetter: 'charges', groupBy: e => `${e.step}:${e.code}`, notify: 'team-finance' })

export default charges
