import { hl7v2, mllp } from '@samband/connectors'
import { encodeBytes, type RouteDefinition, route } from '@samband/route'
import { ledgerControlId, ledgerName } from '../crash/side-effects.ts'

const retry = { attempts: 1_000_000, backoff: '50ms', max: '500ms' } as const

/** Endpoint of the nth receiver, from 0. */
export function receiverEndpoint(number: number): string {
  return `out-${number + 1}`
}

/**
 * The bench's route: reads six fields, edits four, in order per patient (PID-3.1), to each of the receivers. With a ledger,
 * some also go into the engine's own database.
 */
export function benchRoute(receivers: number, options: { readonly ledger: boolean }): RouteDefinition {
  const edited = route('bench', { version: '1.0.0', owner: 'bench', purpose: 'benchmark' })
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
  let sent = edited.to('sink-1', mllp({ endpoint: receiverEndpoint(0) }), { retry })
  for (let number = 1; number < receivers; number += 1) {
    sent = sent.to(`sink-${number + 1}`, mllp({ endpoint: receiverEndpoint(number) }), { retry })
  }
  if (options.ledger) {
    const ledger = { connector: 'ledger', endpoint: ledgerName, options: {}, encode: encodeBytes }
    sent = sent.to(ledgerName, ledger, { when: message => ledgerControlId.test(message.controlId), retry })
  }
  return sent.onError({ deadLetter: 'bench' })
}
