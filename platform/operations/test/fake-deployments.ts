import type { DeploymentProgress, DeploymentsPort } from '../src/deployments-port.ts'
import { knownBody, knownMessageId } from './fake-engine.ts'

const current: DeploymentProgress = {
  id: 42,
  at: '2026-01-01T12:00:00.000Z',
  actor: 'anna',
  reason: 'the new mapping',
  state: 'current',
  rolledBackTo: null,
  error: null,
  routes: [{ name: 'adt', revision: '1.0.0+abcd', file: 'routes/adt.ts' }],
  running: [{ route: 'adt', revision: '1.0.0+abcd' }],
  processes: [{ name: 'host:1', deployment: 42, error: null }],
}

/** One deployment, and a plan in which one message would go out otherwise: its PID-5.1 is upper case. */
export function fakeDeployments(): DeploymentsPort {
  return {
    plan: async () => ({
      id: '0123456789ab',
      createdAt: current.at,
      warnings: [],
      routes: [
        {
          name: 'adt',
          change: 'changed',
          from: '1.0.0+abcd',
          to: '1.1.0+ef01',
          dependsOn: [],
          simulated: 3,
          same: 2,
          different: [
            {
              messageId: knownMessageId,
              kind: 'output',
              destination: 'lis',
              part: 0,
              before: knownBody,
              after: Buffer.from(Buffer.from(knownBody).toString('latin1').replace('Nordmann', 'NORDMANN'), 'latin1'),
            },
          ],
        },
      ],
    }),
    apply: async () => current,
    rollback: async () => current,
    progress: async id => (id === current.id ? current : undefined),
    list: async () => {
      const { running: _running, processes: _processes, ...row } = current
      return { items: [row], nextCursor: null }
    },
  }
}
