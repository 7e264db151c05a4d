import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { DeadLetter, DeadLetterGroup, Page } from '@samband/operations/contract'
import { post } from './client.ts'

const PAGE_ROWS = 50

export const deadLetterGroupsQuery = (route?: string) =>
  queryOptions({
    queryKey: ['dead-letters', 'groups', route ?? null],
    queryFn: ({ signal }) =>
      post<readonly DeadLetterGroup[] | Page<DeadLetterGroup>>('/dead-letters/groups', route ? { route } : {}, signal),
    select: (answer): readonly DeadLetterGroup[] => ('items' in answer ? answer.items : answer),
    refetchInterval: 5_000,
  })

export const deadLettersQuery = (group: string) =>
  infiniteQueryOptions({
    queryKey: ['dead-letters', 'search', group],
    queryFn: ({ pageParam, signal }) =>
      post<Page<DeadLetter>>(
        '/dead-letters/search',
        { group, limit: PAGE_ROWS, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })
