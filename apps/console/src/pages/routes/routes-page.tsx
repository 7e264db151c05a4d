import type { RouteStatus } from '@samband/operations/contract'
import { TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconRoute, IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useMemo, useState } from 'react'
import { useFeed } from '../../api/live-status.ts'
import { type FlowState, mapModel, routeState } from '../../model/map-model.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import { RouteCards } from '../overview/route-cards.tsx'
import { routeColumns, routeWidths } from './route-columns.tsx'
import classes from './routes-page.module.css'

const rowId = (route: RouteStatus): string => route.name
const worstFirst: readonly FlowState[] = ['bad', 'waiting', 'ok', 'idle']

export function RoutesPage(): ReactElement {
  const { status, history } = useFeed()
  const [search, setSearch] = useState('')
  const navigate = useNavigate()
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  const columns = useMemo(() => routeColumns(history), [history])
  const routes = status ? wanted(status.routes, search) : []
  return (
    <div className={classes.page}>
      <PageHeader
        title="Routes"
        lead="The worst first. A route is code: its revision says which."
        actions={
          <TextInput
            data-search
            w={240}
            placeholder="Name, owner or system"
            aria-label="Search the routes"
            leftSection={<IconSearch size={15} />}
            value={search}
            onChange={event => setSearch(event.currentTarget.value)}
          />
        }
      />
      {isNarrow ? (
        <RouteCards routes={routes} history={history} />
      ) : (
        <div className={`panel ${classes.results}`}>
          {!status && <TableSkeleton />}
          {status && routes.length === 0 && (
            <EmptyState icon={IconRoute} title={search ? 'No route is called that' : 'No routes are deployed yet'} />
          )}
          {routes.length > 0 && (
            <DataTable
              label="Routes"
              columns={columns}
              widths={routeWidths}
              rows={routes}
              rowId={rowId}
              onOpen={route => void navigate({ to: '/routes/$name', params: { name: route.name } })}
              isNarrow={false}
              compact={() => null}
            />
          )}
        </div>
      )}
    </div>
  )
}

function wanted(routes: readonly RouteStatus[], search: string): readonly RouteStatus[] {
  const names = new Set(
    mapModel(routes, { search, openGroups: new Set(), onlyProblems: false }).rows.flatMap(row =>
      row.routes.map(route => route.name),
    ),
  )
  return routes
    .filter(route => names.has(route.name))
    .sort(
      (a, b) => worstFirst.indexOf(routeState(a)) - worstFirst.indexOf(routeState(b)) || a.name.localeCompare(b.name),
    )
}
