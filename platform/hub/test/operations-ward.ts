import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type Caller, systemCaller } from '../src/access/caller.ts'
import { callerOfClaims } from '../src/access/token-caller.ts'
import { createDispatch } from '../src/http/dispatch.ts'
import { parseTarget } from '../src/http/request-target.ts'
import { type HubOptions, openHub } from '../src/hub.ts'
import { type HubContext, versionOf } from '../src/hub-context.ts'
import { operations } from '../src/operations/index.ts'
import type { HubAuditEvent } from '../src/ports.ts'

export type WardAnswer = {
  readonly status: number
  // The tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
  readonly text: string
}

/** A hub on a throw-away database, asked as its HTTP server asks it. */
export type Ward = {
  readonly hub: HubContext
  readonly audited: HubAuditEvent[]
  store(resources: readonly JsonObject[], at?: number): Promise<void>
  ask(
    method: string,
    path: string,
    options?: { readonly body?: object; readonly caller?: Caller; readonly prefer?: string },
  ): Promise<WardAnswer>
  /** A caller with these scopes, and the patient in the context. */
  bearer(scope: string, patient?: string): Caller
  close(): Promise<void>
}

export async function openWard(options: Partial<HubOptions> = {}): Promise<Ward> {
  const database: TestDatabase = await testDatabase()
  const audited: HubAuditEvent[] = []
  const hub = await openHub({
    tenant: 1,
    node: 1,
    baseUrl: 'https://hub.example.org/fhir',
    audit: event => {
      audited.push(event)
    },
    ...options,
    db: database.db,
  })
  const dispatch = createDispatch(hub, { operations })
  return {
    hub,
    audited,
    store: async (resources, at = Date.now()) => {
      await Promise.all(
        resources.map(async resource => {
          const { resourceType: type, id } = resource
          const name = { type: String(type), id: String(id), rid: hub.store.ids.next() }
          await hub.store.create(versionOf(hub, resource, { ...name, method: 'create', exists: false, version: 1, at }))
        }),
      )
    },
    ask: async (method, path, { body, caller = systemCaller, prefer } = {}) => {
      const { segments, query } = parseTarget(path)
      const answer = await dispatch({
        method,
        segments,
        query,
        headers: prefer === undefined ? {} : { prefer },
        caller,
        ...(body === undefined ? {} : { body: { kind: 'resource', resource: body as JsonObject } }),
      })
      const text = answer.text ?? (answer.resource === undefined ? '' : JSON.stringify(answer.resource))
      return { status: answer.status, text, json: text === '' ? undefined : JSON.parse(text) }
    },
    bearer: (scope, patient) =>
      callerOfClaims({ sub: 'u1', scope, ...(patient === undefined ? {} : { patient }) }, hub),
    close: async () => {
      await hub.store.close()
      await database.close()
    },
  }
}
