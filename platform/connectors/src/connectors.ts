import type { Connector } from '@samband/engine'
import { fileConnector } from './file/connector.ts'
import { httpConnector } from './http/connector.ts'
import { mllpConnector } from './mllp/connector.ts'
import { timerConnector } from './timer/connector.ts'

/** Every connector of this package, for the engine to open endpoints with. */
export const connectors: readonly Connector[] = Object.freeze([
  erase(mllpConnector),
  erase(httpConnector),
  erase(fileConnector),
  erase(timerConnector),
])

/**
 * A connector without its configuration's type. The engine opens an endpoint only with what the same connector's parseConfig
 * returned, so the type that is given up here is the one that comes back.
 */
function erase<SourceConfig, DestinationConfig>(connector: Connector<SourceConfig, DestinationConfig>): Connector {
  return connector as Connector
}
