import type { DestinationStatus, EndpointStatus } from '@samband/operations/contract'
import type { ReactElement } from 'react'
import { formatCount, formatDuration, formatLatency, formatRate } from '../../model/format.ts'
import { destinationState, type FlowState } from '../../model/map-model.ts'
import { systemName } from '../../model/system-name.ts'
import { type Tone, ToneBadge } from '../../parts/status.tsx'
import { Ago, Lasting } from '../../parts/time.tsx'
import classes from './route-page.module.css'

type EndpointCardProps = {
  readonly title: string
  readonly endpoint: EndpointStatus
  readonly destination?: DestinationStatus
}

const tones: Readonly<Record<EndpointStatus['status'], Tone>> = {
  up: 'ok',
  down: 'bad',
  connecting: 'warn',
  idle: 'quiet',
}

export function EndpointCard({ title, endpoint, destination }: EndpointCardProps): ReactElement {
  const state: FlowState = destination ? destinationState(destination) : endpoint.status === 'down' ? 'bad' : 'ok'
  const numbers = destination ? destinationNumbers(destination) : sourceNumbers(endpoint)
  return (
    <article className={`panel ${classes.endpoint}`} data-state={state}>
      <header>
        <h3>
          {title} <span className="muted">{systemName(endpoint)}</span>
        </h3>
        <ToneBadge tone={tones[endpoint.status]}>{endpoint.status}</ToneBadge>
      </header>
      <p className={classes.address}>
        {endpoint.connector}, {endpoint.address}
        {endpoint.since && (
          <>
            , {endpoint.status} for <Lasting since={endpoint.since} />
          </>
        )}
      </p>
      <dl className={classes.numbers}>
        {numbers.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {endpoint.lastError && (
        <p className={classes.error}>
          Last error <Ago at={endpoint.lastError.at} />: <code>{endpoint.lastError.code}</code>{' '}
          {endpoint.lastError.text}
        </p>
      )}
    </article>
  )
}

type Numbers = readonly (readonly [label: string, value: string])[]

function destinationNumbers(destination: DestinationStatus): Numbers {
  const { latencyMs } = destination
  return [
    ['Delivered', `${formatRate(destination.deliveredPerSecond)}/s`],
    ['Waiting', formatCount(destination.waiting)],
    ['Oldest', destination.waiting > 0 ? formatDuration(destination.lagMs) : 'none'],
    ['In flight', formatCount(destination.inFlight)],
    ['Held', formatCount(destination.held)],
    ['Circuit', destination.circuit],
    ['p50', latencyMs ? formatLatency(latencyMs.p50) : 'no data'],
    ['p95', latencyMs ? formatLatency(latencyMs.p95) : 'no data'],
    ['p99', latencyMs ? formatLatency(latencyMs.p99) : 'no data'],
  ]
}

function sourceNumbers(endpoint: EndpointStatus): Numbers {
  const counters = Object.entries(endpoint.counters)
    .filter(([name]) => name !== 'connections')
    .map(([name, count]) => [sentence(name), formatCount(count)] as const)
  return [['Connections', formatCount(endpoint.connections)], ...counters]
}

/** 'framingErrors' → 'Framing errors' */
function sentence(name: string): string {
  const words = name
    .replace(/[-_]/g, ' ')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
