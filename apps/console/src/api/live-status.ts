import type { SystemStatus } from '@samband/operations/contract'
import { useSyncExternalStore } from 'react'
import { addSample, emptyHistory, type RateHistory } from '../model/rate-history.ts'

/**
 * The live feed: one event source for the whole console, shared by every page.
 *
 * connecting → live on the first status; live → lost when nothing came for STALE_AFTER_MS or the connection broke;
 * lost → live on the next status. A closed source (the server answered an error) is opened again after RETRY_MS.
 */
export type Feed = {
  readonly connection: 'connecting' | 'live' | 'lost'
  readonly status: SystemStatus | null
  /** This machine's clock when `status` came; how old the shown numbers are. */
  readonly receivedAtMs: number
  readonly history: RateHistory
}

const STALE_AFTER_MS = 5_000
const RETRY_MS = 2_000

let feed: Feed = { connection: 'connecting', status: null, receivedAtMs: 0, history: emptyHistory }
let source: EventSource | null = null
let staleTimer: ReturnType<typeof setTimeout> | undefined
let retryTimer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function publish(next: Feed): void {
  feed = next
  for (const listener of listeners) listener()
}

function markLost(): void {
  if (feed.connection !== 'lost') publish({ ...feed, connection: 'lost' })
}

function onStatus(event: MessageEvent<string>): void {
  const status = JSON.parse(event.data) as SystemStatus // the contract's type; see api/client.ts
  clearTimeout(staleTimer)
  staleTimer = setTimeout(markLost, STALE_AFTER_MS)
  publish({ connection: 'live', status, receivedAtMs: Date.now(), history: addSample(feed.history, status) })
}

function open(): void {
  source = new EventSource('/api/v1/events')
  source.addEventListener('status', onStatus)
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return
    markLost()
    clearTimeout(retryTimer)
    retryTimer = setTimeout(open, RETRY_MS)
  })
}

function close(): void {
  clearTimeout(staleTimer)
  clearTimeout(retryTimer)
  source?.close()
  source = null
  feed = { ...feed, connection: 'connecting' }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (!source) open()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) close()
  }
}

export function useFeed(): Feed {
  return useSyncExternalStore(subscribe, () => feed)
}

/** The part of the feed a component needs; it renders again only when that part changes. */
export function useFeedPart<T>(select: (feed: Feed) => T): T {
  return useSyncExternalStore(subscribe, () => select(feed))
}
