import assert from 'node:assert/strict'
import { createConnectors, type HubPort } from '@samband/connectors'
import { type Engine, startEngine } from '@samband/engine'
import type { FhirResource } from '@samband/fhir/types'
import { openHub, serveHub } from '@samband/hub'
import { deliverTransaction } from '@samband/hub/destinations'
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
  /** What the FHIR server answers to GET. */
  readonly fhir: (path: string) => Promise<FhirAnswer>
  readonly close: () => Promise<void>
}

const local: Address = { host: '127.0.0.1', port: 0 }
const everywhereFree = Object.fromEntries(systemNames.map(name => [name, local])) as Record<SystemName, Address>
const ackTimeout = '0.4s'

export type FhirAnswer = { readonly total?: number; readonly entry?: readonly { readonly resource: FhirResource }[] }

/** The hospital with the real engine, a database of its own and free ports everywhere. */
export async function openHospital(options: Partial<HospitalOptions>): Promise<OpenHospital> {
  const database = await testDatabase()
  const served = await serveHub({ open: baseUrl => openHub({ db: database.db, tenant: 1, node: 0, baseUrl }) })
  const hub: HubPort = {
    address: served.url,
    transaction: ({ bytes }, settlement) => deliverTransaction(served.context, bytes, settlement),
  }
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
    connectors: createConnectors({ hub }),
    endpoints: Object.fromEntries(endpoints),
    capabilities: createCapabilities(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  })
  running.engine = engine
  return {
    hospital,
    engine,
    fhir: async path => {
      const answer = await fetch(`${served.url}/${path}`)
      assert.equal(answer.status, 200, `GET ${path}`)
      // A server of ours, and validated on its way in.
      return (await answer.json()) as FhirAnswer
    },
    close: async () => {
      await hospital.close()
      await engine.stop()
      await served.close()
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

/** A slow machine is no lost message. */
const limitMs = 60_000
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
