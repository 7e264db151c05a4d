import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.ts'
import { sessionKey } from './session.ts'

const RETRY_COUNT_MAX = 2

/** Only what may be better in a moment is asked again: a refusal stays a refusal. */
function mayRetry(failures: number, error: unknown): boolean {
  if (failures >= RETRY_COUNT_MAX || !(error instanceof ApiError)) return false
  return error.category === 'unavailable' || error.category === 'busy'
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // A session that ended elsewhere: the router notices the missing session and asks for a login.
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== sessionKey[0]) {
        queryClient.setQueryData(sessionKey, null)
      }
    },
  }),
  defaultOptions: {
    queries: { retry: mayRetry, staleTime: 2_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
})
