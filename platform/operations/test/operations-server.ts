import fastify, { type FastifyInstance } from 'fastify'
import type { OperationsOptions } from '../src/context.ts'
import { addSecurityHeaders } from '../src/http/security-headers.ts'
import { operationsPlugin } from '../src/plugin.ts'
import { type FakeAccess, fakeAccess } from './fake-access.ts'
import { fakeDeployments } from './fake-deployments.ts'
import { type FakeEngine, fakeEngine } from './fake-engine.ts'

export type OperationsServer = {
  readonly server: FastifyInstance
  readonly engine: FakeEngine
  readonly access: FakeAccess
  readonly logged: string[]
  readonly close: () => Promise<void>
}

export async function operationsServer(options: Partial<OperationsOptions> = {}): Promise<OperationsServer> {
  const engine = fakeEngine()
  const access = fakeAccess()
  const logged: string[] = []
  const note = (event: string): void => {
    logged.push(event)
  }
  const server = fastify({ forceCloseConnections: 'idle' })
  const tls = options.tls ?? false
  addSecurityHeaders(server, { tls })
  await server.register(operationsPlugin, {
    engine,
    access,
    deployments: fakeDeployments(),
    version: '0.1.0',
    database: { kind: 'embedded', version: '18.4', bytes: async () => 1234, ping: async () => {} },
    patientIndex: patientId => patientId.length,
    log: { info: note, warn: note, error: note },
    tls,
    ...options,
  })
  await server.ready()
  return { server, engine, access, logged, close: async () => await server.close() }
}

export function bearer(role: string): { authorization: string } {
  return { authorization: `Bearer token-${role}` }
}
