import type { DestinationSummary, MessageStatus } from '@samband/operations/contract'
import type { TablerIcon } from '@tabler/icons-react'
import {
  IconBan,
  IconCheck,
  IconCopy,
  IconFilterOff,
  IconHourglassHigh,
  IconHandStop,
  IconSkull,
} from '@tabler/icons-react'
import type { ReactElement } from 'react'
import classes from './status.module.css'

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'verb' | 'quiet'

type Look = { readonly tone: Tone; readonly label: string; readonly icon: TablerIcon; readonly meaning: string }

export const statusLooks: Readonly<Record<MessageStatus, Look>> = {
  delivered: { tone: 'ok', label: 'Delivered', icon: IconCheck, meaning: 'Every destination has acknowledged it.' },
  waiting: {
    tone: 'info',
    label: 'Waiting',
    icon: IconHourglassHigh,
    meaning: 'Stored; steps or deliveries are under way.',
  },
  held: {
    tone: 'warn',
    label: 'Held',
    icon: IconHandStop,
    meaning: 'A receiver failed; it keeps its place until someone acts.',
  },
  dead: { tone: 'bad', label: 'Dead letter', icon: IconSkull, meaning: 'At least one destination gave up on it.' },
  filtered: { tone: 'quiet', label: 'Filtered', icon: IconFilterOff, meaning: 'A filter dropped it, with a reason.' },
  duplicate: { tone: 'quiet', label: 'Duplicate', icon: IconCopy, meaning: 'The same message came before.' },
  discarded: { tone: 'quiet', label: 'Discarded', icon: IconBan, meaning: 'An operator discarded it.' },
}

export function StatusBadge({ status }: { readonly status: MessageStatus }): ReactElement {
  const { tone, label, icon: Icon, meaning } = statusLooks[status]
  return (
    <span className={classes.badge} data-tone={tone} title={meaning}>
      <Icon size={13} stroke={2.2} aria-hidden />
      {label}
    </span>
  )
}

export function ToneBadge({ tone, children }: { readonly tone: Tone; readonly children: string }): ReactElement {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  )
}

const destinationTones: Readonly<Record<DestinationSummary['status'], Tone>> = {
  delivered: 'ok',
  waiting: 'info',
  held: 'warn',
  dead: 'bad',
  discarded: 'quiet',
}

export const destinationTone = (status: DestinationSummary['status']): Tone => destinationTones[status]

/** One mark per delivery, with its name: where a message went, at a glance. */
export function DestinationMarks({
  destinations,
  pending,
}: {
  readonly destinations: readonly DestinationSummary[]
  /** It is still under way: no destination yet is not none. */
  readonly pending: boolean
}): ReactElement {
  if (destinations.length === 0) return <span className="muted">{pending ? 'not yet' : 'none'}</span>
  return (
    <span className={classes.marks}>
      {destinations.map(({ name, part, status, attempts }) => (
        <span
          key={`${name}/${part}`}
          className={classes.mark}
          data-tone={destinationTones[status]}
          title={`${name}${part > 0 ? ` part ${part + 1}` : ''}: ${status}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`}
        >
          <i aria-hidden />
          {name}
          <span className="sr-only">: {status}</span>
        </span>
      ))}
    </span>
  )
}
