import type { ReactElement } from 'react'
import { formatAgo, formatDuration, formatPreciseTime, formatTime } from '../model/format.ts'
import { useNow } from './use-now.ts'

/** Local time; hovering tells the UTC time that logs use. */
export function Time({ at, precise = false }: { readonly at: string; readonly precise?: boolean }): ReactElement {
  return (
    <time dateTime={at} title={at}>
      {precise ? formatPreciseTime(at) : formatTime(at)}
    </time>
  )
}

/** How long something has lasted: 'up for 4 min'. */
export function Lasting({ since }: { readonly since: string }): ReactElement {
  const nowMs = useNow()
  return (
    <time dateTime={since} title={since}>
      {formatDuration(Math.max(0, nowMs - Date.parse(since)))}
    </time>
  )
}

export function Ago({ at }: { readonly at: string }): ReactElement {
  const nowMs = useNow()
  return (
    <time dateTime={at} title={at}>
      {formatAgo(at, nowMs)}
    </time>
  )
}
