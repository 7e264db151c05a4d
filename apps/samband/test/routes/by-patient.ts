import { hl7v2, mllp } from '@samband/connectors'
import { type RouteDefinition, route } from '@samband/route'

/** For the tests of several processes: in order per patient, to a receiver that takes them in order. */
const byPatient: RouteDefinition = route('by-patient', { version: '1.0.0', owner: 'team-test', purpose: 'test' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .orderBy(message => message.text('PID-3.1'))
  .to('out', mllp({ endpoint: 'out' }), { retry: { backoff: '50ms', max: '200ms' } })
  .onError({ deadLetter: 'by-patient' })

export default byPatient
