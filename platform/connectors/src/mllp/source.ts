import type { SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { loadListenerTls } from '../config/tls.ts'
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
    onMessage: (bytes, peer) => {
      const outcome = take({ bytes, peer })
      return outcome instanceof Promise ? outcome.then(({ answer }) => answer) : outcome.answer
    },
    onFault: fault => intake.refuse(fault),
  })
  const scheme = config.tls === undefined ? 'mllp' : 'mllps'
  return { address: `${scheme}://${config.host}:${server.port}`, state: server.state, close: server.close }
}
