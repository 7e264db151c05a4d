import type { Duration } from '@samband/route'
import { z } from 'zod'
import { charsetField, durationField, hostField, limitField, portField } from '../config/fields.ts'
import { type ClientTls, clientTlsField, type ListenerTls, listenerTlsField } from '../config/tls.ts'
import type { AcknowledgeMode } from '../hl7/acknowledge.ts'

export type MllpSourceConfig = {
  readonly charset?: string | undefined
  readonly host: string
  readonly port: number
  readonly tls?: ListenerTls | undefined
  readonly acknowledge: AcknowledgeMode
  readonly connectionsMax: number
  readonly frameBytesMax: number
  readonly awaitingMax: number
  readonly awaitingBytesMax: number
  readonly frameTimeout: Duration
  readonly idleTimeout: Duration
  readonly writeTimeout: Duration
  readonly keepAlive: Duration
  readonly closeTimeout: Duration
}

export const mllpSourceSchema: z.ZodType<MllpSourceConfig> = z.strictObject({
  host: hostField.default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for every network card.'),
  port: portField.describe('TCP port to listen on; 2575 is registered for HL7, 2762 for HL7 over TLS.'),
  tls: listenerTlsField.optional().describe('TLS of the listener; with caFile, mutual TLS.'),
  acknowledge: z
    .enum(['always', 'as-asked', 'original'])
    .default('always')
    .describe(
      'always: every message is answered, with CA, CE or CR where MSH-15 asks for them; as-asked: and not where MSH-15 ' +
        'and MSH-16 want no answer; original: every message with AA, AE or AR.',
    ),
  charset: charsetField.optional().describe('Reads every message in this character set, whatever its MSH-18 says.'),
  connectionsMax: limitField.default(256).describe('Connections at once; further ones are refused and recorded.'),
  frameBytesMax: limitField.default(16 * 1024 * 1024).describe('Largest message in bytes.'),
  awaitingMax: limitField
    .default(64)
    .describe('Messages of one connection that may await their commit before no more is read from it.'),
  awaitingBytesMax: limitField
    .default(1024 * 1024)
    .describe('Bytes of such messages, from which on no more is read from the connection either.'),
  frameTimeout: durationField.default('60s').describe('Longest time from the first byte of a message to its last.'),
  idleTimeout: durationField.default('24h').describe('A connection without a byte for so long is closed.'),
  writeTimeout: durationField.default('30s').describe('A sender that does not read its acknowledgements is let go.'),
  keepAlive: durationField.default('60s').describe('TCP keep-alive: finds senders that vanished.'),
  closeTimeout: durationField.default('5s').describe('How long messages in commit may still be answered at shutdown.'),
})

export type MllpDestinationConfig = {
  readonly host: string
  readonly port: number
  readonly tls?: ClientTls | undefined
  readonly connections: number
  readonly acceptedBy: 'commit' | 'application'
  readonly ackTimeout: Duration
  readonly connectTimeout: Duration
  readonly reconnectBackoff: Duration
  readonly reconnectMax: Duration
  readonly keepAlive: Duration
  readonly ackBytesMax: number
}

export const mllpDestinationSchema: z.ZodType<MllpDestinationConfig> = z.strictObject({
  host: hostField.describe('Host name or address of the receiver.'),
  port: portField.min(1).describe('TCP port of the receiver.'),
  tls: clientTlsField.optional().describe('TLS towards the receiver; with certFile and keyFile, mutual TLS.'),
  connections: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Connections in parallel, each with one message under way. More than one: the receiver must allow it.'),
  acceptedBy: z
    .enum(['commit', 'application'])
    .default('commit')
    .describe('commit: CA ends the delivery; application: after CA, AA on the same connection is waited for.'),
  ackTimeout: durationField.default('30s').describe('Longest wait for the acknowledgement; then the socket is closed.'),
  connectTimeout: durationField.default('5s').describe('Longest wait for a connection, with its TLS handshake.'),
  reconnectBackoff: durationField.default('100ms').describe('Wait before the second attempt to connect; it doubles.'),
  reconnectMax: durationField.default('2s').describe('Longest wait between attempts to connect.'),
  keepAlive: durationField.default('60s').describe('TCP keep-alive: finds receivers that vanished.'),
  ackBytesMax: limitField.default(1024 * 1024).describe('Largest acknowledgement in bytes.'),
})
