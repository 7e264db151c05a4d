import { hl7v2, mllp } from '@samband/connectors'
import { type RouteDefinition, route } from '@samband/route'

/** The bench's route: reads six fields, edits four, in order per patient (PID-3.1), to one receiver. */
export const benchRoute: RouteDefinition = route('bench', { version: '1.0.0', owner: 'bench', purpose: 'benchmark' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .orderBy(message => message.text('PID-3.1'))
  .map('edit', message => {
    const family = message.text('PID-5.1') ?? ''
    const given = message.text('PID-5.2') ?? ''
    const born = message.text('PID-7') ?? ''
    const sender = message.text('MSH-3') ?? ''
    const type = message.text('MSH-9.1') ?? ''
    const ward = message.text('PV1-3.1') ?? ''
    message.set('MSH-3', 'SAMBAND')
    message.set('MSH-6', `${sender} ${type}`)
    message.set('PID-5.1', family.toUpperCase())
    message.set('PID-9', `${given} ${born} ${ward}`)
    return message
  })
  .to('sink', mllp({ endpoint: 'out' }), { retry: { attempts: 1_000_000, backoff: '50ms', max: '500ms' } })
  .onError({ deadLetter: 'bench' })
