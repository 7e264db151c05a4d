import {
  infiniteQueryOptions,
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import type {
  BodyView,
  EventView,
  MessageDetail,
  MessageSearch,
  MessageSummary,
  Page,
  ParsedTree,
  Trace,
  Verb,
  VerbRequest,
  VerbResult,
} from '@samband/operations/contract'
import { get, post } from './client.ts'

const PAGE_ROWS = 100
const LIVE_TAIL_INTERVAL_MS = 1_500

/** Message search, newest first. Time bounds are resolved per fetch, so that "last hour" moves along. */
export function messageSearchQuery(key: unknown, search: () => MessageSearch, liveTail: boolean) {
  return infiniteQueryOptions({
    queryKey: ['messages', 'search', key],
    queryFn: ({ pageParam, signal }) =>
      post<Page<MessageSummary>>(
        '/messages/search',
        { ...search(), limit: PAGE_ROWS, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
    // While the tail runs only the newest page is kept: refetching twenty pages a second helps nobody.
    ...(liveTail ? { maxPages: 1, refetchInterval: LIVE_TAIL_INTERVAL_MS } : {}),
  })
}

export const messageQuery = (id: number) =>
  queryOptions({
    queryKey: ['messages', id],
    queryFn: ({ signal }) => get<MessageDetail>(`/messages/${id}`, signal),
    refetchInterval: query => (isUnsettled(query.state.data) ? 2_000 : false),
  })

/** Bodies never change, and each reading is audited: read once per visit. */
export const messageBodyQuery = (id: number) =>
  queryOptions({
    queryKey: ['messages', id, 'body'],
    queryFn: ({ signal }) => get<BodyView>(`/messages/${id}/body`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

export const messageTreeQuery = (id: number) =>
  queryOptions({
    queryKey: ['messages', id, 'tree'],
    queryFn: ({ signal }) => get<ParsedTree>(`/messages/${id}/tree`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

export const messageTraceQuery = (id: number) =>
  queryOptions({
    queryKey: ['messages', id, 'trace'],
    queryFn: ({ signal }) => get<Trace>(`/messages/${id}/trace`, signal),
    staleTime: 30_000,
    gcTime: 60_000,
  })

export const eventQuery = (id: number, eventId: number) =>
  queryOptions({
    queryKey: ['messages', id, 'events', eventId],
    queryFn: ({ signal }) => get<EventView>(`/messages/${id}/events/${eventId}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

export type VerbCall = {
  readonly messageId: number
  readonly verb: Verb | 'discard'
  readonly request: VerbRequest
}

/** Any act on one message; everything that shows messages is read again afterwards. */
export function useVerb(): UseMutationResult<VerbResult, Error, VerbCall> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ messageId, verb, request }: VerbCall) => post<VerbResult>(`/messages/${messageId}/${verb}`, request),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['messages'] }),
        client.invalidateQueries({ queryKey: ['dead-letters'] }),
      ])
    },
  })
}

function isUnsettled(message: MessageDetail | undefined): boolean {
  return message?.status === 'waiting' || message?.status === 'held'
}
