import { type RouteDefinition, route } from '@samband/route'
import { hl7v2, mllp } from '../../src/index.ts'

/** Reports with a document in OBX-5: one field is set, the rest goes through as it came. */
const largeReports: RouteDefinition = route('large-reports', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .orderBy(m => m.controlId)
  .map('sender', m => m.set('MSH-3', 'SAMBAND'))
  .to('out', mllp({ endpoint: 'out' }))
  .onError({ deadLetter: 'large-reports' })

export default largeReports
