import { fhir, hl7v2, mllp, type TransactionBundle } from '@samband/connectors'
import { type RouteDefinition, route } from '@samband/route'

/** For the tests of the FHIR server: each message makes an Observation anew, so that a second delivery would show. */
const toHub: RouteDefinition = route('to-hub', { version: '1.0.0', owner: 'team-test', purpose: 'test' })
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .orderBy(message => message.text('PID-3.1'))
  .to('hub', fhir.transaction(), {
    map: (message): TransactionBundle => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: {
            resourceType: 'Observation',
            status: 'final',
            code: { text: message.controlId },
            subject: { identifier: { system: 'urn:oid:2.999.1', value: message.text('PID-3.1') } },
          },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    }),
  })
  .onError({ deadLetter: 'to-hub' })

export default toHub
