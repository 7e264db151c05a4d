import type { MessageDetail, TimelineEntry } from '@samband/operations/contract'
import { Skeleton } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArrowForwardUp,
  IconBan,
  IconCheck,
  IconChevronDown,
  IconChevronRight,
  IconCopy,
  IconDownload,
  IconFilterOff,
  IconHandStop,
  IconHourglassHigh,
  IconPencil,
  IconRepeat,
  IconSkull,
  IconStack2,
  type TablerIcon,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { eventQuery } from '../../api/messages.ts'
import { useAbility } from '../../api/session.ts'
import { formatDuration } from '../../model/format.ts'
import { ErrorState } from '../../parts/error-state.tsx'
import { RawView } from '../../parts/raw-view.tsx'
import type { Tone } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import classes from './timeline-tab.module.css'

type Look = { readonly icon: TablerIcon; readonly tone: Tone; readonly words: string }

const looks: Readonly<Record<TimelineEntry['kind'], Look>> = {
  received: { icon: IconDownload, tone: 'info', words: 'Received and stored' },
  delivered: { icon: IconCheck, tone: 'ok', words: 'Delivered' },
  'attempt-failed': { icon: IconAlertTriangle, tone: 'warn', words: 'Attempt failed' },
  aggregated: { icon: IconStack2, tone: 'ok', words: 'Went on as part of a group' },
  queued: { icon: IconHourglassHigh, tone: 'quiet', words: 'Queued' },
  held: { icon: IconHandStop, tone: 'warn', words: 'Held' },
  dead: { icon: IconSkull, tone: 'bad', words: 'Given up' },
  filtered: { icon: IconFilterOff, tone: 'quiet', words: 'Filtered out' },
  duplicate: { icon: IconCopy, tone: 'quiet', words: 'Recognised as a duplicate' },
  discarded: { icon: IconBan, tone: 'verb', words: 'Discarded' },
  reprocess: { icon: IconRepeat, tone: 'verb', words: 'Reprocessed' },
  resent: { icon: IconRepeat, tone: 'verb', words: 'Resent' },
  redirected: { icon: IconArrowForwardUp, tone: 'verb', words: 'Redirected' },
  reinjected: { icon: IconRepeat, tone: 'verb', words: 'Reinjected' },
  edited: { icon: IconPencil, tone: 'verb', words: 'Edited and resent' },
}

export function TimelineTab({ message }: { readonly message: MessageDetail }): ReactElement {
  const startMs = Date.parse(message.receivedAt)
  const entries = [...message.timeline].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.eventId - b.eventId)
  return (
    <ol className={classes.timeline} aria-label="Timeline">
      {entries.map(entry => (
        <Entry key={entry.eventId} entry={entry} messageId={message.id} startMs={startMs} />
      ))}
    </ol>
  )
}

type EntryProps = { readonly entry: TimelineEntry; readonly messageId: number; readonly startMs: number }

function Entry({ entry, messageId, startMs }: EntryProps): ReactElement {
  const [opened, setOpened] = useState(false)
  const mayRead = useAbility('read-body')
  const { icon: Icon, tone, words } = looks[entry.kind]
  const afterMs = Date.parse(entry.at) - startMs
  const has = [entry.hasOutput ? 'what went out' : '', entry.hasReply ? 'the answer' : ''].filter(Boolean).join(' and ')
  return (
    <li className={classes.entry}>
      <span className={classes.when}>
        <Time at={entry.at} precise />
        <small>{afterMs > 0 ? `+${formatDuration(afterMs)}` : 'start'}</small>
      </span>
      <span className={classes.icon} data-tone={tone}>
        <Icon size={15} stroke={2} aria-hidden />
      </span>
      <div className={classes.body}>
        <p className={classes.title}>
          {words}
          {entry.destination && (
            <>
              {' '}
              <b>{entry.destination}</b>
            </>
          )}
          {entry.part > 0 && ` part ${entry.part + 1}`}
          {entry.step && !entry.destination && ` in ${entry.step}`}
          {entry.attempt > 0 && <span className="muted"> attempt {entry.attempt}</span>}
        </p>
        {(entry.code || entry.text) && (
          <p className={classes.text}>
            {entry.code && <code>{entry.code}</code>} {entry.text}
          </p>
        )}
        {(entry.actor || entry.reason) && (
          <p className={classes.text}>
            {entry.actor && <b>{entry.actor}</b>}
            {entry.reason && <>: “{entry.reason}”</>}
          </p>
        )}
        {has && mayRead.allowed && (
          <button type="button" className={classes.open} aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {opened ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            {opened ? 'Hide' : 'Show'} {has}
          </button>
        )}
        {opened && <EventBytes messageId={messageId} eventId={entry.eventId} />}
      </div>
    </li>
  )
}

function EventBytes({ messageId, eventId }: { readonly messageId: number; readonly eventId: number }): ReactElement {
  const query = useQuery(eventQuery(messageId, eventId))
  if (query.isError) return <ErrorState error={query.error} what="The bytes" onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton height={60} my="xs" />
  const { output, reply } = query.data
  return (
    <div className={classes.bytes}>
      {output && (
        <section aria-label="What went out">
          <h3>What went out</h3>
          <RawView text={output.text} showInvisible label="What went out" />
        </section>
      )}
      {reply && (
        <section aria-label="The answer">
          <h3>The answer</h3>
          <RawView text={reply.text} showInvisible label="The answer" />
        </section>
      )}
      {!output && !reply && <p className="muted">Nothing was kept.</p>}
    </div>
  )
}
