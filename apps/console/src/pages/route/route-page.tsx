import type { RouteStatus } from '@samband/operations/contract'
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useFeed } from '../../api/live-status.ts'
import { routeGraphQuery } from '../../api/routes.ts'
import { formatCount, formatRate } from '../../model/format.ts'
import { routeState } from '../../model/map-model.ts'
import { problemsOf } from '../../model/problems.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { ErrorState } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { type Tone, ToneBadge } from '../../parts/status.tsx'
import { ProblemList } from '../overview/problem-list.tsx'
import { EndpointCard } from './endpoint-card.tsx'
import { Graph } from './graph.tsx'
import classes from './route-page.module.css'

const stateTones: Readonly<Record<RouteStatus['state'], Tone>> = { running: 'ok', stopped: 'quiet', failed: 'bad' }

export function RoutePage(): ReactElement {
  const { name } = useParams({ from: '/app/routes/$name' })
  const { status, history } = useFeed()
  const graph = useQuery(routeGraphQuery(name))
  const route = status?.routes.find(candidate => candidate.name === name)
  const problems = status && route ? problemsOf({ ...status, routes: [route], deadLetters: 0 }) : []
  return (
    <div className={classes.page}>
      <PageHeader
        tabTitle={name}
        title={
          <span className={classes.title}>
            {name}
            {route && <ToneBadge tone={stateTones[route.state]}>{route.state}</ToneBadge>}
          </span>
        }
        lead={graph.data?.description ?? undefined}
        actions={
          <>
            <Link to="/messages" search={{ route: name }} className={classes.go}>
              Messages
            </Link>
            <Link to="/dead-letters" search={{ route: name }} className={classes.go}>
              Dead letters
            </Link>
            <Link to="/refusals" search={{ route: name }} className={classes.go}>
              Refusals
            </Link>
          </>
        }
      />
      {status && problems.length > 0 && <ProblemList problems={problems} status={status} onRoutePage />}
      {route && <Facts route={route} history={history} />}
      <section className="panel" aria-label="Graph">
        {graph.isPending && <Skeleton m="md" height={120} width="auto" />}
        {graph.isError && <ErrorState error={graph.error} what="The graph" onRetry={() => void graph.refetch()} />}
        {graph.data && <Graph graph={graph.data} route={route} />}
      </section>
      {route && (
        <section aria-label="Endpoints" className={classes.endpoints}>
          <EndpointCard title="Source" endpoint={route.source} />
          {route.destinations.map(destination => (
            <EndpointCard
              key={destination.name}
              title={destination.name}
              endpoint={destination}
              destination={destination}
            />
          ))}
        </section>
      )}
    </div>
  )
}

function Facts({ route, history }: { readonly route: RouteStatus; readonly history: RateHistory }): ReactElement {
  const { totals } = route
  const facts: readonly (readonly [string, string])[] = [
    ['Owner', route.owner],
    ['Purpose', route.purpose],
    ['Version', route.version],
    ['Revision', route.revision],
  ]
  const counts: readonly (readonly [string, number])[] = [
    ['received', totals.received],
    ['delivered', totals.delivered],
    ['filtered', totals.filtered],
    ['duplicates', totals.duplicate],
    ['dead', totals.dead],
  ]
  return (
    <div className={`panel ${classes.facts}`}>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.rate} data-state={routeState(route)}>
        <Sparkline values={history.byRoute.get(route.name) ?? []} width={150} height={38} />
        <strong>
          {formatRate(route.receivedPerSecond)}
          <small>/s</small>
        </strong>
      </div>
      <ul className={classes.totals}>
        {counts.map(([label, count]) => (
          <li key={label} data-bad={(label === 'dead' && count > 0) || undefined}>
            <b>{formatCount(count)}</b> {label}
          </li>
        ))}
      </ul>
    </div>
  )
}
