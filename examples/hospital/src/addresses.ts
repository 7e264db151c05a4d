import { type EndpointName, type HospitalEndpoint, type SendingSystem, sendingSystems } from './endpoints.ts'
import type { Address } from './line/sender.ts'
import type { SystemName } from './systems/system.ts'

/**
 * The hospital's side of the engine's endpoints: it listens where the engine sends to, and sends to where the engine
 * listens.
 */
export function hospitalAddresses(endpoints: Readonly<Record<EndpointName, HospitalEndpoint>>): {
  readonly listen: Readonly<Record<SystemName, Address>>
  readonly sendTo: (system: SystemName) => Address | undefined
} {
  const at = (name: EndpointName): Address => ({ host: endpoints[name].host, port: endpoints[name].port })
  return {
    listen: {
      ehr: at('ehr-out'),
      lis: at('lis-out'),
      ris: at('ris-out'),
      pharmacy: at('pharmacy-out'),
      billing: at('billing-out'),
    },
    sendTo: system => {
      const address = isSending(system) ? at(`${system}-in`) : undefined
      // Port 0 is no place to send to: whoever starts the engine there must say where it is.
      return address === undefined || address.port === 0 ? undefined : address
    },
  }
}

function isSending(system: SystemName): system is SendingSystem {
  return sendingSystems.some(name => name === system)
}
