import type { MessageSummary } from '@samband/operations/contract'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { formatBytes } from '../../model/format.ts'
import { provenanceOf } from '../../model/provenance.ts'
import { type Columns, columnHelper } from '../../parts/data-table.tsx'
import { DestinationMarks, StatusBadge } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import classes from './message-columns.module.css'

const helper = columnHelper<MessageSummary>()

export const messageColumns: Columns<MessageSummary> = helper.columns([
  helper.accessor('receivedAt', { header: 'Received', cell: ({ getValue }) => <Time at={getValue()} precise /> }),
  helper.accessor('status', { header: 'Status', cell: ({ getValue }) => <StatusBadge status={getValue()} /> }),
  helper.accessor('type', { header: 'Type', cell: ({ row }) => <TypeLink message={row.original} /> }),
  helper.accessor('route', { header: 'Route' }),
  helper.accessor('controlId', {
    header: 'Control id',
    cell: ({ getValue }) => <span className="mono">{getValue() ?? ''}</span>,
  }),
  helper.accessor('destinations', {
    header: 'Destinations',
    cell: ({ row }) => (
      <DestinationMarks destinations={row.original.destinations} pending={row.original.status === 'waiting'} />
    ),
  }),
  helper.accessor('bytes', {
    header: 'Size',
    cell: ({ getValue }) => <span className={classes.bytes}>{formatBytes(getValue())}</span>,
  }),
])

export const messageWidths: readonly string[] = [
  '104px',
  '118px',
  'minmax(128px, 0.8fr)',
  'minmax(110px, 1fr)',
  'minmax(110px, 0.9fr)',
  'minmax(150px, 2.4fr)',
  '62px',
]

function TypeLink({ message }: { readonly message: MessageSummary }): ReactElement {
  const provenance = provenanceOf(message)
  return (
    <Link to="/messages/$id" params={{ id: String(message.id) }} className={classes.type} tabIndex={-1}>
      {message.type ?? 'unknown'}
      {provenance && <span className={classes.origin}>{provenance}</span>}
    </Link>
  )
}

export function MessageCard({ message }: { readonly message: MessageSummary }): ReactElement {
  return (
    <div className={classes.card}>
      <div className={classes.cardHead}>
        <TypeLink message={message} />
        <StatusBadge status={message.status} />
      </div>
      <div className={classes.cardFacts}>
        <Time at={message.receivedAt} />
        <span>{message.route}</span>
        <span className="mono">{message.controlId}</span>
      </div>
    </div>
  )
}
