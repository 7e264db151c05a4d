import type { Connector } from '@samband/engine'
import type { FileDestinationConfig, FileSourceConfig } from './config.ts'
import { fileDestination } from './destination.ts'
import { fileSource } from './source.ts'

export const fileConnector: Connector<FileSourceConfig, FileDestinationConfig> = Object.freeze({
  name: 'file',
  source: fileSource,
  destination: fileDestination,
})
