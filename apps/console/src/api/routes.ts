import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { BodyView, Page, RefusalView, RouteGraph } from '@samband/operations/contract'
import { get, post } from './client.ts'

const PAGE_ROWS = 100

export const routeGraphQuery = (name: string) =>
  queryOptions({
    queryKey: ['routes', name],
    queryFn: ({ signal }) => get<RouteGraph>(`/routes/${encodeURIComponent(name)}`, signal),
    staleTime: 30_000,
  })

/** The first bytes of what was refused. Reading them is audited, so it happens only when a person opens one. */
export const refusalBodyQuery = (refusalId: number) =>
  queryOptions({
    queryKey: ['refusals', 'body', refusalId],
    queryFn: ({ signal }) => get<BodyView>(`/refusals/${refusalId}/body`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const refusalsQuery = (route?: string) =>
  infiniteQueryOptions({
    queryKey: ['refusals', route ?? null],
    queryFn: ({ pageParam, signal }) =>
      post<Page<RefusalView>>(
        '/refusals/search',
        { limit: PAGE_ROWS, ...(route ? { route } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })
