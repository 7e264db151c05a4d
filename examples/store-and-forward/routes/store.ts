import { file, hl7v2, mllp } from '@samband/connectors'
import { type RouteDefinition, route } from '@samband/route'

/** Every message is stored before it is acknowledged, and forwarded as it came: the same bytes, in the same order. */
const store: RouteDefinition = route('store', {
  version: '1.0.0',
  owner: 'team-integration',
  purpose: 'treatment',
  description: 'Store and forward.',
})
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .to('archive', file({ endpoint: 'archive' }))
  .onError({ deadLetter: 'store' })

export default store
