export { connectors } from './connectors.ts'
export { createMllpClient, type MllpClient, type MllpClientOptions } from './mllp/client.ts'
export type { MllpDestinationConfig, MllpSourceConfig } from './mllp/config.ts'
export { type MllpDescriptor, type MllpOptions, mllp } from './mllp/descriptor.ts'
export type { MllpReply } from './mllp/reply.ts'
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
export { type Tick } from './timer/source.ts'
export { type TimerOptions, timer } from './timer/descriptor.ts'
