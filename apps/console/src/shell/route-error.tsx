import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ErrorState } from '../parts/error-state.tsx'

export function RouteError({ error }: ErrorComponentProps): ReactElement {
  const router = useRouter()
  return (
    <ErrorState
      error={error instanceof Error ? error : new Error(String(error))}
      what="This page"
      onRetry={() => void router.invalidate()}
    />
  )
}
