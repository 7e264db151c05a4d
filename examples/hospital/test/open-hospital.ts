import assert from 'node:assert/strict'
import { connectors } from '@samband/connectors'
import { type Engine, startEngine } from '@samband/engine'
import { createMasterKey, openKeyRing, testDatabase } from '@samband/store'
import { createCapabilities } from '../src/capabilities.ts'
import { hospitalEndpoints } from '../src/endpoints.ts'
import { type Hospital, type HospitalOptions, startHospital } from '../src/hospital.ts'
import type { Address } from '../src/line/sender.ts'
import { routes } from '../src/routes.ts'
import { type SystemName, systemNames } from '../src/systems/system.ts'

export type OpenHospital = {
  readonly hospital: Hospital
  readonly engine: Engine
  readonly close: () => Promise<void>
}

const local: Address = { host: '127.0.0.1', port: 0 }
const everywhereFree = Object.fromEntries(systemNames.map(name => [name, local])) as Record<SystemName, Address>
const ackTimeout = '0.4s'

/** The hospital with the real engine, a database of its own and free ports everywhere. */
export async function openHospital(options: Partial<HospitalOptions>): Promise<OpenHospital> {
  const database = await testDatabase()
  const running: { engine?: Engine } = {}
  const hospital = await startHospital({
    listen: everywhereFree,
    sendTo: system => sourceAddress(running.engine, `${system}-in`),
    ...options,
  })
  const endpoints = Object.entries(hospitalEndpoints()).map(([name, endpoint]) => {
    const [system, direction] = name.split('-')
    const port = direction === 'in' ? 0 : hospital.addresses[system as SystemName].port
    return [name, { ...endpoint, port, ...(direction === 'out' ? { ackTimeout } : {}) }] as const
  })
  const engine = await startEngine({
    db: database.db,
    keys: await openKeyRing({
      db: database.db,
      masterKey: createMasterKey(Buffer.alloc(32, 7), 'the test'),
      tenant: 1,
    }),
    tenant: 1,
    routes: routes.map(definition => ({ definition, revision: `${definition.version}+test` })),
    connectors,
    endpoints: Object.fromEntries(endpoints),
    capabilities: createCapabilities(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  })
  running.engine = engine
  return {
    hospital,
    engine,
    close: async () => {
      await hospital.close()
      await engine.stop()
      await database.close()
    },
  }
}

function sourceAddress(engine: Engine | undefined, endpoint: string): Address | undefined {
  const source = engine?.routes().find(route => route.source.endpoint === endpoint)?.source
  if (source === undefined || source.status !== 'up') return undefined
  const { hostname, port } = new URL(source.address.replace('mllp:', 'http:'))
  return { host: hostname, port: Number(port) }
}

const limitMs = 30_000
const lookEveryMs = 20

/** Looks until it is so; fails with `what` after the limit. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  await untilHolds(() => assert.ok(isSo(), what))
}

/** Asks until the assertions hold; after the limit, fails with the last one that did not. */
export async function untilHolds(assertions: () => void): Promise<void> {
  for (const end = Date.now() + limitMs; ; ) {
    try {
      assertions()
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}
