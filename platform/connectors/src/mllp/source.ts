import type { SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { loadListenerTls } from '../config/tls.ts'
import { charsetAttribute } from '../hl7/charset-attribute.ts'
import { createHl7Intake } from '../hl7/intake.ts'
import { type MllpSourceConfig, mllpSourceSchema } from './config.ts'
import { createMllpServer } from './server.ts'

export const mllpSource: SourceKind<MllpSourceConfig> = {
  parseConfig: configParser(mllpSourceSchema),
  open: openMllpSource,
}

async function openMllpSource(context: SourceContext<MllpSourceConfig>): Promise<SourceHandle> {
  const { config, intake } = context
  const take = createHl7Intake(intake, config.acknowledge)
  const charset = config.charset === undefined ? {} : { attributes: { [charsetAttribute]: config.charset } }
  const server = await createMllpServer({
    host: config.host,
    port: config.port,
    tls: config.tls === undefined ? undefined : await loadListenerTls(config.tls),
    limits: {
      connectionsMax: config.connectionsMax,
      frameBytesMax: config.frameBytesMax,
      awaitingMax: config.awaitingMax,
      awaitingBytesMax: config.awaitingBytesMax,
      frameTimeoutMs: durationMs(config.frameTimeout),
      idleTimeoutMs: durationMs(config.idleTimeout),
      writeTimeoutMs: durationMs(config.writeTimeout),
      keepAliveMs: durationMs(config.keepAlive),
      closeTimeoutMs: durationMs(config.closeTimeout),
    },
    onMessage: (bytes, peer) => {
      const outcome = take.submit({ bytes, peer, ...charset })
      return outcome instanceof Promise ? outcome.then(({ answer }) => answer) : outcome.answer
    },
    onFault: fault => {
      intake.refuse(fault)
      // Its first bytes hold the header, so that the sender can be told which message was too large.
      if (fault.code !== 'mllp-frame-too-large' || fault.bytes === undefined) return undefined
      return take.reject(fault.bytes, tooLargeError(config.frameBytesMax))
    },
  })
  const scheme = config.tls === undefined ? 'mllp' : 'mllps'
  return { address: `${scheme}://${config.host}:${server.port}`, state: server.state, close: server.close }
}

function tooLargeError(frameBytesMax: number): SambandError {
  return new SambandError({
    code: 'mllp-frame-too-large',
    category: 'incorrect',
    message: `The message is larger than the ${frameBytesMax} bytes taken here`,
  })
}
