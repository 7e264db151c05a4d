import type { MessageSearch, MessageStatus } from '@samband/operations/contract'
import { boundsOf, defaultRange } from './time-range.ts'

/** What the URL of the message search holds, so that a link can be shared. A patient's id is never among it. */
export type MessageFilter = {
  readonly range?: string
  readonly route?: string
  readonly type?: string
  readonly controlId?: string
  readonly status?: MessageStatus
  readonly live?: boolean
}

export const messageStatuses: readonly MessageStatus[] = [
  'waiting',
  'held',
  'delivered',
  'filtered',
  'duplicate',
  'dead',
  'discarded',
]

/** A link from elsewhere may hold anything: what is not understood is left out. */
export function parseMessageFilter(search: Record<string, unknown>): MessageFilter {
  const text = (key: string): string | undefined => {
    const value = search[key]
    if (typeof value === 'number') return String(value)
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  const status = messageStatuses.find(candidate => candidate === search['status'])
  const range = text('range')
  const route = text('route')
  const type = text('type')
  const controlId = text('controlId')
  return {
    ...(range && range !== defaultRange ? { range } : {}),
    ...(route ? { route } : {}),
    ...(type ? { type } : {}),
    ...(controlId ? { controlId } : {}),
    ...(status ? { status } : {}),
    ...(search['live'] === true ? { live: true } : {}),
  }
}

/** The request body: here, and only here, the patient's id joins the filter. */
export function searchOf(filter: MessageFilter, patientId: string, nowMs: number): MessageSearch {
  const { range, live: _live, ...exact } = filter
  const id = patientId.trim()
  return { ...exact, ...boundsOf(range ?? defaultRange, nowMs), ...(id ? { patientId: id } : {}) }
}

export const isFiltered = ({ live: _live, ...filter }: MessageFilter, patientId: string): boolean =>
  Object.keys(filter).length > 0 || patientId.trim() !== ''
