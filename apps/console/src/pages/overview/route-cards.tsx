import type { RouteStatus } from '@samband/operations/contract'
import { IconArrowRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { formatCount, formatDuration, formatRate } from '../../model/format.ts'
import { destinationState, type FlowState, routeState, sourceState } from '../../model/map-model.ts'
import { systemName } from '../../model/system-name.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { Sparkline } from '../../parts/sparkline.tsx'
import classes from './route-cards.module.css'

type RouteCardsProps = { readonly routes: readonly RouteStatus[]; readonly history: RateHistory }

const order: readonly FlowState[] = ['bad', 'waiting', 'ok', 'idle']

/** The map for a narrow screen: the same facts, one route under the other, the worst first. */
export function RouteCards({ routes, history }: RouteCardsProps): ReactElement {
  const sorted = [...routes].sort((a, b) => order.indexOf(routeState(a)) - order.indexOf(routeState(b)))
  return (
    <section aria-label="Routes" className={classes.cards}>
      {sorted.map(route => (
        <Link
          key={route.name}
          to="/routes/$name"
          params={{ name: route.name }}
          className={classes.card}
          data-state={routeState(route)}
        >
          <span className={classes.head}>
            <strong>{route.name}</strong>
            <Sparkline values={history.byRoute.get(route.name) ?? []} width={70} height={22} />
            <span className={classes.rate}>
              {formatRate(route.receivedPerSecond)}
              <small>/s</small>
            </span>
          </span>
          <span className={classes.flow}>
            <End name={systemName(route.source)} state={sourceState(route)} />
            <IconArrowRight size={14} aria-label="to" />
            {route.destinations.map(destination => (
              <End
                key={destination.name}
                name={systemName(destination)}
                state={destinationState(destination)}
                waiting={destination.waiting}
                lagMs={destination.lagMs}
              />
            ))}
          </span>
        </Link>
      ))}
    </section>
  )
}

type EndProps = {
  readonly name: string
  readonly state: FlowState
  readonly waiting?: number
  readonly lagMs?: number
}

function End({ name, state, waiting = 0, lagMs = 0 }: EndProps): ReactElement {
  const behind = waiting > 0 && (state === 'bad' || state === 'waiting')
  return (
    <span className={classes.end} data-state={state}>
      {name}
      {state === 'bad' && <span className="sr-only"> (broken)</span>}
      {behind && ` · ${formatCount(waiting)} for ${formatDuration(lagMs)}`}
    </span>
  )
}
