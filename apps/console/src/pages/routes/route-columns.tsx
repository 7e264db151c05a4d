import type { RouteStatus } from '@samband/operations/contract'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { formatCount, formatDuration, formatRate } from '../../model/format.ts'
import { destinationState, routeLagMs, routeState, routeWaiting } from '../../model/map-model.ts'
import { systemName } from '../../model/system-name.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { type Columns, columnHelper } from '../../parts/data-table.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import classes from './routes-page.module.css'

const helper = columnHelper<RouteStatus>()

export const routeWidths: readonly string[] = [
  'minmax(150px, 1.3fr)',
  'minmax(90px, 0.8fr)',
  'minmax(70px, 0.6fr)',
  'minmax(180px, 2fr)',
  '150px',
  '84px',
  '84px',
  '74px',
]

export function routeColumns(history: RateHistory): Columns<RouteStatus> {
  return helper.columns([
    helper.accessor('name', { header: 'Route', cell: ({ row }) => <Name route={row.original} /> }),
    helper.accessor('owner', { header: 'Owner', cell: ({ getValue }) => <span className="muted">{getValue()}</span> }),
    helper.accessor(route => systemName(route.source), { id: 'source', header: 'Source' }),
    helper.accessor('destinations', { header: 'Destinations', cell: ({ row }) => <Ends route={row.original} /> }),
    helper.accessor('receivedPerSecond', {
      header: 'Received',
      cell: ({ row }) => (
        <span className={classes.rate}>
          <Sparkline values={history.byRoute.get(row.original.name) ?? []} width={80} height={22} />
          {formatRate(row.original.receivedPerSecond)}/s
        </span>
      ),
    }),
    helper.accessor(routeWaiting, {
      id: 'waiting',
      header: 'Waiting',
      cell: ({ row }) => <Waiting route={row.original} />,
    }),
    helper.accessor(routeLagMs, {
      id: 'lag',
      header: 'Oldest',
      cell: ({ getValue }) => (getValue() > 0 ? formatDuration(getValue()) : ''),
    }),
    helper.accessor(route => route.totals.dead, {
      id: 'dead',
      header: 'Dead',
      cell: ({ getValue }) => (getValue() > 0 ? <span className={classes.warn}>{formatCount(getValue())}</span> : '0'),
    }),
  ])
}

function Name({ route }: { readonly route: RouteStatus }): ReactElement {
  const state = routeState(route)
  return (
    <Link to="/routes/$name" params={{ name: route.name }} className={classes.name} tabIndex={-1}>
      <i className={classes.lamp} data-state={state} aria-hidden />
      {route.name}
      {state === 'bad' && <span className="sr-only">(broken)</span>}
    </Link>
  )
}

function Ends({ route }: { readonly route: RouteStatus }): ReactElement {
  return (
    <span className={classes.ends}>
      {route.destinations.map(destination => (
        <span key={destination.name} className={classes.end} data-state={destinationState(destination)}>
          {systemName(destination)}
        </span>
      ))}
    </span>
  )
}

function Waiting({ route }: { readonly route: RouteStatus }): ReactElement {
  const waiting = routeWaiting(route)
  return <span className={routeLagMs(route) > 2_000 ? classes.warn : undefined}>{formatCount(waiting)}</span>
}
