import type { MessageSummary } from '@samband/operations/contract'
import { Button, Switch } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconMessageSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useMemo, useRef } from 'react'
import { messageSearchQuery } from '../../api/messages.ts'
import { patientSearchId, setPatientSearchId, usePatientSearchId } from '../../api/patient-search.ts'
import { formatCount } from '../../model/format.ts'
import { isFiltered, type MessageFilter, searchOf } from '../../model/message-filter.ts'
import { rangeLabel } from '../../model/time-range.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import { FilterBar } from './filter-bar.tsx'
import { MessageCard, messageColumns, messageWidths } from './message-columns.tsx'
import classes from './messages-page.module.css'

const rowId = (message: MessageSummary): string => String(message.id)

export function MessagesPage(): ReactElement {
  const filter = useSearch({ from: '/app/messages' })
  const patientId = usePatientSearchId()
  const navigate = useNavigate()
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  const live = filter.live === true
  const query = useInfiniteQuery(
    messageSearchQuery([filter, patientId], () => searchOf(filter, patientSearchId(), Date.now()), live),
  )
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.items) ?? [], [query.data])
  const isFresh = useFresh(rows, live)
  const change = (next: MessageFilter): void => void navigate({ to: '/messages', search: next, replace: true })
  const open = (message: MessageSummary): void =>
    void navigate({ to: '/messages/$id', params: { id: String(message.id) } })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const onEndReached = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !live) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, live, fetchNextPage])
  const reset = (): void => {
    setPatientSearchId('')
    change({})
  }
  return (
    <div className={classes.page}>
      <PageHeader
        title="Messages"
        lead={`${rangeLabel(filter.range ?? '24h')}, newest first`}
        actions={
          <Switch
            label="Live tail"
            checked={live}
            onChange={event => {
              const { live: _live, ...rest } = filter
              change(event.currentTarget.checked ? { ...rest, live: true } : rest)
            }}
          />
        }
      />
      <FilterBar filter={filter} onChange={change} onReset={reset} />
      <div className={`panel ${classes.results}`} aria-busy={query.isFetching}>
        {query.isPending && <TableSkeleton />}
        {query.isError && rows.length === 0 && (
          <ErrorState error={query.error} what="The messages" onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && rows.length === 0 && (
          <NothingFound filtered={isFiltered(filter, patientId)} onReset={reset} />
        )}
        {rows.length > 0 && (
          <DataTable
            label="Messages"
            columns={messageColumns}
            widths={messageWidths}
            rows={rows}
            rowId={rowId}
            onOpen={open}
            isNarrow={isNarrow}
            compact={message => <MessageCard message={message} />}
            compactHeight={78}
            onEndReached={onEndReached}
            isFresh={isFresh}
          />
        )}
        {rows.length > 0 && (
          <div className={classes.foot} role="status">
            {formatCount(rows.length)} shown
            {live && ', the newest, as they come'}
            {!live && hasNextPage && (isFetchingNextPage ? ', loading more…' : ', more below')}
            {!live && !hasNextPage && ', that is all'}
          </div>
        )}
      </div>
    </div>
  )
}

function NothingFound({
  filtered,
  onReset,
}: {
  readonly filtered: boolean
  readonly onReset: () => void
}): ReactElement {
  return (
    <EmptyState icon={IconMessageSearch} title={filtered ? 'No message matches' : 'No messages yet'}>
      {filtered ? (
        <>
          Try a longer time range or fewer filters.
          <div style={{ marginTop: 14 }}>
            <Button variant="default" onClick={onReset}>
              Clear all filters
            </Button>
          </div>
        </>
      ) : (
        'As soon as a system sends something, it appears here.'
      )}
    </EmptyState>
  )
}

/** Rows that came after the tail was switched on are marked once, as they arrive. */
function useFresh(rows: readonly MessageSummary[], live: boolean): (message: MessageSummary) => boolean {
  const seenRef = useRef<number | null>(null)
  const newest = rows[0]?.id ?? 0
  const before = seenRef.current
  if (!live) seenRef.current = null
  else if (before === null || newest > before) seenRef.current = newest
  return message => live && before !== null && message.id > before
}
