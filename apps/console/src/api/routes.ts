import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Page, RefusalView, RouteGraph } from '@samband/operations/contract'
import { get, post } from './client.ts'

const PAGE_ROWS = 100

export const routeGraphQuery = (name: string) =>
  queryOptions({
    queryKey: ['routes', name],
    queryFn: ({ signal }) => get<RouteGraph>(`/routes/${encodeURIComponent(name)}`, signal),
    staleTime: 30_000,
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
