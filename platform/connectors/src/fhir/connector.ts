import type { Connector } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { configParser } from '../config/config-parser.ts'
import { type FhirDestinationConfig, fhirDestinationSchema } from './config.ts'
import { FhirDestination } from './destination.ts'
import type { HubPort } from './hub-port.ts'

/** Without a hub, routes that deliver there do not start. */
export function fhirConnector(hub: HubPort | undefined): Connector<never, FhirDestinationConfig> {
  return Object.freeze({
    name: 'fhir',
    destination: {
      parseConfig: configParser(fhirDestinationSchema),
      open: ({ config, endpoint }) =>
        hub === undefined ? Promise.reject(hubMissing(endpoint)) : Promise.resolve(new FhirDestination(hub, config)),
    },
  })
}

function hubMissing(endpoint: string): SambandError {
  return new SambandError({
    code: 'hub-missing',
    category: 'incorrect',
    message: `endpoint "${endpoint}" is the platform's FHIR server, which is off: set hub.enabled`,
  })
}
