import type { SystemStatus } from '@samband/operations/contract'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { formatBytes, formatCount, formatDuration, formatRate } from '../../model/format.ts'
import { routeLagMs, routeWaiting } from '../../model/map-model.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { Sparkline } from '../../parts/sparkline.tsx'
import classes from './key-figures.module.css'

type KeyFiguresProps = { readonly status: SystemStatus; readonly history: RateHistory }

export function KeyFigures({ status, history }: KeyFiguresProps): ReactElement {
  const { routes } = status
  const received = routes.reduce((sum, route) => sum + route.receivedPerSecond, 0)
  const delivered = routes
    .flatMap(route => route.destinations)
    .reduce((sum, destination) => sum + destination.deliveredPerSecond, 0)
  const waiting = routes.reduce((sum, route) => sum + routeWaiting(route), 0)
  const lagMs = Math.max(0, ...routes.map(routeLagMs))
  return (
    <section className={classes.figures} aria-label="Key figures">
      <Figure label="Received" value={formatRate(received)} unit="/s">
        <Sparkline values={history.total} width={92} height={30} />
      </Figure>
      <Figure label="Delivered" value={formatRate(delivered)} unit="/s" />
      <Figure label="Waiting" value={formatCount(waiting)} tone={lagMs > 30_000 ? 'warn' : undefined} />
      <Figure
        label="Oldest waiting"
        value={waiting === 0 ? 'none' : formatDuration(lagMs)}
        tone={lagMs > 30_000 ? 'warn' : undefined}
      />
      <Link to="/dead-letters" className={classes.link}>
        <Figure
          label="Dead letters"
          value={formatCount(status.deadLetters)}
          tone={status.deadLetters > 0 ? 'warn' : undefined}
        />
      </Link>
      <Link to="/refusals" className={classes.link}>
        <Figure label="Refused" value={formatCount(status.refusals)} />
      </Link>
      <Figure label="Stored" value={formatBytes(status.database.bytes)} />
    </section>
  )
}

type FigureProps = {
  readonly label: string
  readonly value: string
  readonly unit?: string
  readonly tone?: 'warn' | undefined
  readonly children?: ReactNode
}

function Figure({ label, value, unit, tone, children }: FigureProps): ReactElement {
  return (
    <div className={classes.figure} data-tone={tone}>
      <div>
        <span className={classes.label}>{label}</span>
        <strong>
          {value}
          {unit && <small>{unit}</small>}
        </strong>
      </div>
      {children}
    </div>
  )
}
