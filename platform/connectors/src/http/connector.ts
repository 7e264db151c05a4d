import type { Connector } from '@samband/engine'
import type { HttpDestinationConfig, HttpSourceConfig } from './config.ts'
import { httpDestination } from './destination.ts'
import { httpSource } from './source.ts'

export const httpConnector: Connector<HttpSourceConfig, HttpDestinationConfig> = Object.freeze({
  name: 'http',
  source: httpSource,
  destination: httpDestination,
})
