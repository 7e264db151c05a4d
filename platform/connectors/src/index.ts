export { connectors, createConnectors } from './connectors.ts'
export { type EndpointSchema, endpointSchemas } from './endpoint-schemas.ts'
export type { FhirDestinationConfig } from './fhir/config.ts'
export {
  fhir,
  type FhirOptions,
  type TransactionBundle,
  type UpsertOptions,
} from './fhir/descriptor.ts'
export type { HubPort } from './fhir/hub-port.ts'
export type { FileDestinationConfig, FileSourceConfig } from './file/config.ts'
export { type FileDescriptor, type FileOptions, file } from './file/descriptor.ts'
export type { Hl7Reply as MllpReply } from './hl7/reply.ts'
export type { HttpDestinationConfig, HttpSourceConfig } from './http/config.ts'
export { type HttpDescriptor, type HttpOptions, http } from './http/descriptor.ts'
export { createMllpClient, type MllpClient, type MllpClientOptions } from './mllp/client.ts'
export type { MllpDestinationConfig, MllpSourceConfig } from './mllp/config.ts'
export { type MllpDescriptor, type MllpOptions, mllp } from './mllp/descriptor.ts'
export {
  createMllpServer,
  type MllpServer,
  type MllpServerLimits,
  type MllpServerOptions,
  mllpServerLimitsDefault,
} from './mllp/server.ts'
export type { MllpAnswer, MllpFault, MllpHandler } from './mllp/server-connection.ts'
export { type Hl7v2ParserOptions, hl7v2 } from './parsers/hl7v2.ts'
export { ReplyError } from './reply-error.ts'
export type { TimerSourceConfig } from './timer/config.ts'
export { type TimerOptions, timer } from './timer/descriptor.ts'
export { type Tick, tick } from './timer/tick.ts'
