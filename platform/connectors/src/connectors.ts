import type { Connector } from '@samband/engine'
import { fhirConnector } from './fhir/connector.ts'
import type { HubPort } from './fhir/hub-port.ts'
import { fileConnector } from './file/connector.ts'
import { httpConnector } from './http/connector.ts'
import { mllpConnector } from './mllp/connector.ts'
import { timerConnector } from './timer/connector.ts'

/** Every connector of this package, for the engine to open endpoints with. `hub`: the platform's FHIR server, where it runs. */
export function createConnectors({ hub }: { readonly hub?: HubPort | undefined }): readonly Connector[] {
  return Object.freeze([
    erase(mllpConnector),
    erase(httpConnector),
    erase(fileConnector),
    erase(timerConnector),
    erase(fhirConnector(hub)),
  ])
}

/** The same without a hub: to check routes and settings with, or to run routes that do not deliver there. */
export const connectors: readonly Connector[] = createConnectors({})

/**
 * A connector without its configuration's type. The engine opens an endpoint only with what the same connector's parseConfig
 * returned, so the type that is given up here is the one that comes back.
 */
function erase<SourceConfig, DestinationConfig>(connector: Connector<SourceConfig, DestinationConfig>): Connector {
  return connector as Connector
}
