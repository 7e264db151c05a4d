import { createHash } from 'node:crypto'
import { formatSearch, type SearchQuery } from '@samband/fhir/search'
import { HubError } from '../hub-error.ts'
import type { ResourceName } from '../storage/stored.ts'
import type { Order } from './order.ts'

/** Where a page ends: the values that the last resource is sorted by, as PostgreSQL writes them, and its rid. */
export type Position = { readonly values: readonly (string | null)[]; readonly rid: number }

export type Cursor = {
  readonly position: Position
  readonly backward: boolean
  /** An order that the server chose for the search, and has to keep on the pages that follow. */
  readonly chosen?: Order
}

/** What makes a search the same on its next page: everything but the size of the page. */
export function queryHash(query: SearchQuery, compartment: ResourceName | undefined): string {
  const { count: _count, total: _total, ...result } = query.result
  const text = `${query.resourceTypes.join(',')}?${formatSearch({ ...query, result }, true)}`
  const place = compartment === undefined ? '' : `${compartment.type}/${compartment.id}`
  return createHash('sha256').update(`${place} ${text}`).digest('base64url').slice(0, 12)
}

export function formatCursor({ position, backward, chosen }: Cursor, hash: string): string {
  const { values, rid } = position
  return Buffer.from(JSON.stringify([hash, backward ? 1 : 0, rid, values, chosen ?? null])).toString('base64url')
}

/** @throws HubError 400 `cursor-invalid` for what is no cursor, or one of another search */
export function parseCursor(text: string, hash: string, keys: (chosen: Order | undefined) => number): Cursor {
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw invalid()
  }
  if (!Array.isArray(read) || read.length !== 5 || read[0] !== hash) throw invalid()
  const [, backward, rid, values, chosen] = read as readonly unknown[]
  if (typeof rid !== 'number' || !Number.isSafeInteger(rid) || !isValues(values)) throw invalid()
  const order = chosen === null ? undefined : readOrder(chosen)
  if (values.length !== keys(order)) throw invalid()
  return { position: { values, rid }, backward: backward === 1, ...(order === undefined ? {} : { chosen: order }) }
}

function isValues(values: unknown): values is readonly (string | null)[] {
  return Array.isArray(values) && values.every(value => value === null || typeof value === 'string')
}

/** The server chooses among two. */
function readOrder(chosen: unknown): Order {
  if (typeof chosen !== 'object' || chosen === null || !('keys' in chosen) || !Array.isArray(chosen.keys))
    throw invalid()
  const [key] = chosen.keys as readonly unknown[]
  if (typeof key !== 'object' || key === null || !('code' in key) || typeof key.code !== 'string') throw invalid()
  return { keys: [{ code: key.code, type: 'date', descending: false }], descending: false }
}

function invalid(): HubError {
  return new HubError({
    code: 'cursor-invalid',
    category: 'incorrect',
    status: 400,
    message: 'This page is not one of that search: start again from its first page',
  })
}
