import type { RefusalView } from '@samband/operations/contract'
import { useMediaQuery } from '@mantine/hooks'
import { Select } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useMemo, useState } from 'react'
import { useFeedPart } from '../../api/live-status.ts'
import { refusalsQuery } from '../../api/routes.ts'
import { useAbility } from '../../api/session.ts'
import { formatBytes, formatCount } from '../../model/format.ts'
import { type Columns, columnHelper, DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { RefusalDrawer } from './refusal-drawer.tsx'
import classes from './refusals-page.module.css'

const helper = columnHelper<RefusalView>()

const columns: Columns<RefusalView> = helper.columns([
  helper.accessor('at', { header: 'Time', cell: ({ getValue }) => <Time at={getValue()} /> }),
  helper.accessor('endpoint', { header: 'Endpoint' }),
  helper.accessor('peer', { header: 'From', cell: ({ getValue }) => <span className="mono">{getValue()}</span> }),
  helper.accessor('code', { header: 'Code', cell: ({ getValue }) => <span className="mono">{getValue()}</span> }),
  helper.accessor('text', { header: 'Why', cell: ({ getValue }) => <span title={getValue()}>{getValue()}</span> }),
  helper.accessor('bytes', { header: 'Size', cell: ({ getValue }) => formatBytes(getValue()) }),
])

const widths = [
  '150px',
  'minmax(110px, 0.8fr)',
  'minmax(120px, 0.8fr)',
  'minmax(120px, 0.8fr)',
  'minmax(200px, 3fr)',
  '70px',
]

const rowId = (refusal: RefusalView): string => String(refusal.id)

export function RefusalsPage(): ReactElement {
  const { route } = useSearch({ from: '/app/refusals' })
  const navigate = useNavigate()
  const [opened, setOpened] = useState<RefusalView | null>(null)
  const mayRead = useAbility('read-body')
  const routes = useFeedPart(feed => feed.status?.routes) ?? []
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  const query = useInfiniteQuery({ ...refusalsQuery(route), refetchInterval: 10_000 })
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.items) ?? [], [query.data])
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const onEndReached = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return (
    <div className={classes.page}>
      <RefusalDrawer refusal={opened} barred={mayRead.allowed ? null : mayRead.why} onClose={() => setOpened(null)} />
      <PageHeader
        title="Refusals"
        lead="What listeners turned away, and why. The sender got a negative answer or a closed connection; nothing of it was stored as a message."
        actions={
          <Select
            aria-label="Route"
            placeholder="Any route"
            clearable
            searchable
            data={routes.map(known => known.name).sort()}
            value={route ?? null}
            onChange={value => void navigate({ to: '/refusals', search: value ? { route: value } : {}, replace: true })}
          />
        }
      />
      <div className={`panel ${classes.results}`}>
        {query.isPending && <TableSkeleton />}
        {query.isError && rows.length === 0 && (
          <ErrorState error={query.error} what="The refusals" onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && rows.length === 0 && (
          <EmptyState icon={IconShieldCheck} title="Nothing was turned away" good>
            Every frame that came in could be read and stored.
          </EmptyState>
        )}
        {rows.length > 0 && (
          <>
            <DataTable
              label="Refusals"
              columns={columns}
              widths={widths}
              rows={rows}
              rowId={rowId}
              onOpen={setOpened}
              isNarrow={isNarrow}
              compact={refusal => <RefusalCard refusal={refusal} />}
              compactHeight={92}
              onEndReached={onEndReached}
            />
            <footer className={classes.foot}>
              {formatCount(rows.length)} shown{hasNextPage ? ', more below' : ', that is all'}
            </footer>
          </>
        )}
      </div>
    </div>
  )
}

function RefusalCard({ refusal }: { readonly refusal: RefusalView }): ReactElement {
  return (
    <div className={classes.card}>
      <strong>{refusal.text}</strong>
      <span className="muted">
        <Time at={refusal.at} /> · {refusal.endpoint} · {refusal.peer}
      </span>
    </div>
  )
}
