import { queryOptions, type UseMutationResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SessionView } from '@samband/operations/contract'
import { ApiError, get, post, request } from './client.ts'
import { setPatientSearchId } from './patient-search.ts'
import { type Ability, type AbilityCheck, checkAbility } from './permissions.ts'

export const sessionKey = ['session'] as const

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<SessionView | null> => {
    try {
      return await get<SessionView>('/session', signal)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  },
})

export function useSession(): SessionView | null {
  return useQuery(sessionQuery).data ?? null
}

/** Whether the person may do this, and if not, why: for a disabled button's explanation. */
export function useAbility(ability: Ability): AbilityCheck {
  return checkAbility(useSession(), ability)
}

export type Credentials = { readonly name: string; readonly password: string }

export function useSignIn(): UseMutationResult<SessionView, Error, Credentials> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (credentials: Credentials) => post<SessionView>('/session', credentials),
    onSuccess: async () => {
      await client.fetchQuery({ ...sessionQuery, staleTime: 0 })
    },
  })
}

export function useSignOut(): UseMutationResult<void, Error, void> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request<void>('DELETE', '/session'),
    // Nothing that was read under this session may stay in memory for the next person at this desk.
    onSuccess: () => {
      setPatientSearchId('')
      client.clear()
      client.setQueryData(sessionKey, null)
    },
  })
}
