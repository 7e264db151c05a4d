import { IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useFeedPart } from '../api/live-status.ts'
import { formatDuration } from '../model/format.ts'
import { useNow } from '../parts/use-now.ts'
import classes from './shell.module.css'

const words = { connecting: 'Connecting…', live: 'Live', lost: 'No contact' } as const

export function FeedIndicator(): ReactElement {
  const connection = useFeedPart(feed => feed.connection)
  const version = useFeedPart(feed => feed.status?.version ?? null)
  return (
    <div className={classes.feed} data-connection={connection} role="status">
      <i aria-hidden />
      <span>{words[connection]}</span>
      {version !== null && <span className={classes.version}>v{version}</span>}
    </div>
  )
}

/** Old numbers must never pass for live ones. */
export function FeedLostBanner(): ReactElement | null {
  const connection = useFeedPart(feed => feed.connection)
  const receivedAtMs = useFeedPart(feed => feed.receivedAtMs)
  const nowMs = useNow()
  if (connection !== 'lost') return null
  const age = receivedAtMs === 0 ? '' : ` What you see is ${formatDuration(nowMs - receivedAtMs)} old.`
  return (
    <div className={classes.lost} role="alert">
      <IconPlugConnectedX size={18} aria-hidden />
      <span>
        <strong>No contact with the Samband server.</strong>
        {age} Trying again…
      </span>
    </div>
  )
}
