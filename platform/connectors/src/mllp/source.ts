import type { Intake, SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { SambandError, toSambandError } from '@samband/errors'
import { type Header, quickHeader } from '@samband/hl7v2'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { loadListenerTls } from '../config/tls.ts'
import { acknowledgementCode } from './acknowledge.ts'
import { answerBytes, createControlIds } from './answer.ts'
import { type AcknowledgeMode, type MllpSourceConfig, mllpSourceSchema } from './config.ts'
import { createMllpServer } from './server.ts'
import type { MllpAnswer, MllpHandler } from './server-connection.ts'

export const mllpSource: SourceKind<MllpSourceConfig> = {
  parseConfig: configParser(mllpSourceSchema),
  open: openMllpSource,
}

async function openMllpSource(context: SourceContext<MllpSourceConfig>): Promise<SourceHandle> {
  const { config, intake } = context
  const server = await createMllpServer({
    host: config.host,
    port: config.port,
    tls: config.tls === undefined ? undefined : await loadListenerTls(config.tls),
    limits: {
      connectionsMax: config.connectionsMax,
      frameBytesMax: config.frameBytesMax,
      awaitingMax: config.awaitingMax,
      frameTimeoutMs: durationMs(config.frameTimeout),
      idleTimeoutMs: durationMs(config.idleTimeout),
      writeTimeoutMs: durationMs(config.writeTimeout),
      keepAliveMs: durationMs(config.keepAlive),
      closeTimeoutMs: durationMs(config.closeTimeout),
    },
    onMessage: createIntakeHandler(intake, config.acknowledge),
    onFault: fault => intake.refuse(fault),
  })
  const scheme = config.tls === undefined ? 'mllp' : 'mllps'
  return { address: `${scheme}://${config.host}:${server.port}`, state: server.state, close: server.close }
}

/** Stores each message and answers after its commit; what is no message is recorded and rejected. Never rejects. */
export function createIntakeHandler(intake: Intake, mode: AcknowledgeMode): MllpHandler {
  const nextControlId = createControlIds(Date.now())
  const answer = (header: Header, error?: SambandError): MllpAnswer => {
    const code = acknowledgementCode(header, mode, error?.category)
    return code === undefined ? undefined : answerBytes(header, code, nextControlId(), error)
  }
  return (bytes, peer) => {
    const header = quickHeader(bytes)
    const unusable = refusalOf(header, bytes)
    if (unusable !== undefined) {
      intake.refuse({ code: unusable.code, text: unusable.message, peer, bytes })
      return answer(header, unusable)
    }
    return intake.submit({ bytes, peer }).then(
      () => answer(header),
      (thrown: unknown) => answer(header, toSambandError(thrown, 'hl7-not-stored')),
    )
  }
}

/** Why bytes cannot even be stored as a message: nothing in them says what they are. */
function refusalOf(header: Header, bytes: Uint8Array): SambandError | undefined {
  if (header.recognised) return undefined
  if (bytes.length === 0) {
    return new SambandError({ code: 'hl7-message-empty', category: 'incorrect', message: 'The message is empty' })
  }
  if (startsWithBatch(bytes)) {
    return new SambandError({
      code: 'hl7-batch-over-mllp',
      category: 'unsupported',
      message: 'A batch (FHS or BHS) came over MLLP: send its messages one by one, or the batch as a file',
    })
  }
  return new SambandError({
    code: 'hl7-msh-missing',
    category: 'unsupported',
    message: 'The message does not begin with a usable MSH segment',
  })
}

function startsWithBatch(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 3))
  return start === 'FHS' || start === 'BHS'
}
