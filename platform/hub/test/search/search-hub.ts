import type { JsonObject } from '@samband/fhir/fhirpath'
import type { SearchQuery } from '@samband/fhir/search'
import { testDatabase } from '@samband/store'
import { type Caller, type HubContext, type HubOptions, openHub, systemCaller } from '../../src/index.ts'
import { versionOf } from '../../src/hub-context.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { search, type SearchPage } from '../../src/search/search.ts'

export const baseUrl = 'https://hub.example/fhir'

export type SearchHub = {
  readonly context: HubContext
  add(...resources: readonly JsonObject[]): Promise<void>
  replace(resource: JsonObject): Promise<void>
  remove(type: string, id: string): Promise<void>
  /** One page; `search` is as after the base: 'Patient?name=eve'. */
  page(search: string, more?: { readonly caller?: Caller; readonly cursor?: string }): Promise<SearchPage>
  /** Ids of all pages. */
  ids(search: string, caller?: Caller): Promise<readonly string[]>
  idsOf(query: SearchQuery, caller?: Caller): Promise<readonly string[]>
  close(): Promise<void>
}

/** A hub on a database of its own, and searches by their text. */
export async function searchHub(options: Partial<HubOptions> = {}): Promise<SearchHub> {
  const database = await testDatabase()
  const context = await openHub({ db: database.db, tenant: 1, node: 0, baseUrl, reindex: false, ...options })
  const { store } = context
  const queryOf = (text: string): SearchQuery => {
    const [path = '', pairs = ''] = text.split(/\?(.*)/s)
    return parseQuery(context, { ...(path === '' ? {} : { type: path }), pairs, lenient: false }).query
  }
  const page: SearchHub['page'] = async (text, { caller = systemCaller, cursor } = {}) =>
    await search(context, { query: queryOf(text), caller, ...(cursor === undefined ? {} : { cursor }) })
  const idsOf: SearchHub['idsOf'] = async (query, caller = systemCaller) => {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const one: SearchPage = await search(context, { query, caller, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...one.matches.map(({ id }) => id))
      cursor = one.next
    } while (cursor !== undefined)
    return found
  }
  return {
    context,
    page,
    add: async (...resources) => {
      await Promise.all(
        resources.map(async resource => {
          const { type, id } = nameOf(resource)
          const version = {
            method: 'create',
            exists: false,
            rid: store.ids.next(),
            version: 1,
            at: Date.now(),
          } as const
          await store.create(versionOf(context, resource, { type, id, ...version }))
        }),
      )
    },
    replace: async resource => {
      const { type, id } = nameOf(resource)
      await store.transaction(async transaction => {
        const before = (await transaction.lock([{ type, id }])).get(`${type}/${id}`)
        if (before === undefined) throw new Error('nothing to replace')
        const { rid, version } = before
        const next = { method: 'update', exists: true, rid, version: version + 1, at: Date.now() } as const
        await transaction.write([versionOf(context, resource, { type, id, ...next })])
      })
    },
    remove: async (type, id) => {
      await store.transaction(async transaction => {
        const before = (await transaction.lock([{ type, id }])).get(`${type}/${id}`)
        if (before === undefined) throw new Error('nothing to delete')
        const { rid, version } = before
        const key = store.keys.resource(type, id)
        const next = { method: 'delete', exists: true, rid, key, version: version + 1, at: Date.now() } as const
        await transaction.write([{ type, id, ...next, content: undefined, rows: undefined }])
      })
    },
    ids: async (text, caller) => await idsOf(queryOf(text), caller),
    idsOf,
    close: async () => {
      await context.close()
      await database.close()
    },
  }
}

function nameOf(resource: JsonObject): { readonly type: string; readonly id: string } {
  const { resourceType: type, id } = resource
  if (typeof type !== 'string' || typeof id !== 'string') throw new Error('a resource has a type and an id')
  return { type, id }
}
