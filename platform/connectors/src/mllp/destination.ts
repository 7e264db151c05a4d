import type { DestinationContext, DestinationHandle, DestinationKind, Reply } from '@samband/engine'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { loadClientTls } from '../config/tls.ts'
import { ReplyError } from '../reply-error.ts'
import { negativeCategory } from '../hl7/ack-category.ts'
import { createMllpClient } from './client.ts'
import { type MllpDestinationConfig, mllpDestinationSchema } from './config.ts'
import type { Hl7Reply } from '../hl7/reply.ts'

export const mllpDestination: DestinationKind<MllpDestinationConfig> = {
  parseConfig: configParser(mllpDestinationSchema),
  open: openMllpDestination,
}

async function openMllpDestination(context: DestinationContext<MllpDestinationConfig>): Promise<DestinationHandle> {
  const { config, endpoint, log } = context
  if (config.tls?.insecure === true) log.warn('tls-insecure', { endpoint })
  const client = createMllpClient({
    host: config.host,
    port: config.port,
    tls: await tlsOptions(config),
    connections: config.connections,
    acceptedBy: config.acceptedBy,
    ackTimeoutMs: durationMs(config.ackTimeout),
    connectTimeoutMs: durationMs(config.connectTimeout),
    reconnectBackoffMs: durationMs(config.reconnectBackoff),
    reconnectMaxMs: durationMs(config.reconnectMax),
    keepAliveMs: durationMs(config.keepAlive),
    ackBytesMax: config.ackBytesMax,
  })
  return {
    address: `${config.tls === undefined ? 'mllp' : 'mllps'}://${config.host}:${config.port}`,
    window: config.connections,
    send: async outgoing => accepted(await client.send(outgoing.bytes)),
    state: client.state,
    close: client.close,
  }
}

async function tlsOptions(config: MllpDestinationConfig): Promise<Parameters<typeof createMllpClient>[0]['tls']> {
  if (config.tls === undefined) return undefined
  const { servername, insecure } = config.tls
  const loaded = await loadClientTls(config.tls)
  return { ...loaded, rejectUnauthorized: !insecure, ...(servername === undefined ? {} : { servername }) }
}

/** AA and CA as a reply; a negative acknowledgement as an error of its category, with the answer. */
function accepted(ack: Hl7Reply): Reply {
  const reply = { bytes: ack.bytes, code: ack.code }
  const category = negativeCategory(ack.code, ack.errorCode)
  if (category === undefined) return reply
  const condition = ack.errorCode !== undefined && /^\d{1,3}$/.test(ack.errorCode) ? `, ERR-3 ${ack.errorCode}` : ''
  throw new ReplyError(
    { code: `mllp-${ack.code.toLowerCase()}`, category, message: `the receiver answered ${ack.code}${condition}` },
    reply,
  )
}
