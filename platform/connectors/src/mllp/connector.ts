import type { Connector } from '@samband/engine'
import type { MllpDestinationConfig, MllpSourceConfig } from './config.ts'
import { mllpDestination } from './destination.ts'
import { mllpSource } from './source.ts'

export const mllpConnector: Connector<MllpSourceConfig, MllpDestinationConfig> = Object.freeze({
  name: 'mllp',
  source: mllpSource,
  destination: mllpDestination,
})
