import type { DestinationStatus, EndpointStatus, RouteStatus, SystemStatus } from '@samband/operations/contract'
import { formatDuration, formatRate, plural } from './format.ts'
import { adviceFor } from './problem-advice.ts'

export type Problem = {
  readonly id: string
  readonly severity: 'bad' | 'warn' | 'info'
  /** What is broken. */
  readonly title: string
  /** How it shows, in short facts: '312 waiting', 'oldest 4 min'. */
  readonly facts: readonly string[]
  /** Since when, as an ISO time; null when nobody knows. */
  readonly since: string | null
  /** The last error in the other end's own words. */
  readonly error: string | null
  /** What now. */
  readonly advice: string
  readonly link: ProblemLink
}

export type ProblemLink =
  | { readonly to: 'route'; readonly route: string }
  | { readonly to: 'dead-letters' }
  | { readonly to: 'refusals' }

/** A receiver that is up but this far behind is worth a look. */
const SLOW_LAG_MS = 30_000
/** Fewer waiting messages than this is a burst, not a problem. */
const SLOW_WAITING = 20

const severityOrder = { bad: 0, warn: 1, info: 2 } as const

/** Everything that is wrong now, the worst first. An empty list means that nobody needs to get up. */
export function problemsOf(status: SystemStatus): readonly Problem[] {
  const nowMs = Date.parse(status.now)
  const problems: Problem[] = []
  for (const route of status.routes) {
    const routeProblem = ofRoute(route)
    if (routeProblem) problems.push(routeProblem)
    const sourceProblem = ofSource(route)
    if (sourceProblem) problems.push(sourceProblem)
    for (const destination of route.destinations) {
      const problem = ofDestination(route, destination, nowMs)
      if (problem) problems.push(problem)
    }
  }
  if (status.deadLetters > 0) problems.push(ofDeadLetters(status.deadLetters))
  return problems.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity])
}

/** Whose end it is, in the words of the map: the system's name, or the endpoint's where no system is named. */
export const systemName = (endpoint: EndpointStatus): string => endpoint.system ?? endpoint.endpoint

function ofRoute(route: RouteStatus): Problem | null {
  if (route.state === 'running') return null
  const failed = route.state === 'failed'
  return {
    id: `route:${route.name}`,
    severity: failed ? 'bad' : 'warn',
    title: failed ? `Route ${route.name} has failed` : `Route ${route.name} is stopped`,
    facts: [`owner ${route.owner}`],
    since: route.source.since ?? null,
    error: route.source.lastError?.text ?? null,
    advice: failed
      ? 'Messages that were acknowledged are safe on disk. See the error, then redeploy the route or roll it back.'
      : 'Its listener is closed, so senders queue at their end. Start the route when the maintenance is over.',
    link: { to: 'route', route: route.name },
  }
}

function ofSource(route: RouteStatus): Problem | null {
  const { source } = route
  if (route.state !== 'running' || source.status !== 'down') return null
  return {
    id: `source:${route.name}:${source.endpoint}`,
    severity: 'bad',
    title: `${source.endpoint} does not receive from ${systemName(source)}`,
    facts: [source.address, `route ${route.name}`],
    since: source.since ?? source.lastError?.at ?? null,
    error: source.lastError?.text ?? null,
    advice: `Nothing new comes in here; the sender should queue. ${adviceFor(source)}`,
    link: { to: 'route', route: route.name },
  }
}

function ofDestination(route: RouteStatus, destination: DestinationStatus, nowMs: number): Problem | null {
  const unreachable = destination.status === 'down' || destination.circuit !== 'closed'
  const behind = destination.lagMs >= SLOW_LAG_MS && destination.waiting >= SLOW_WAITING
  if (!unreachable && !behind && destination.held === 0) return null
  const oldestAt = destination.waiting > 0 ? new Date(nowMs - destination.lagMs).toISOString() : null
  return {
    id: `destination:${route.name}:${destination.name}`,
    severity: unreachable ? 'bad' : 'warn',
    title: destinationTitle(destination, unreachable),
    facts: destinationFacts(route, destination),
    since: unreachable ? (destination.since ?? oldestAt ?? destination.lastError?.at ?? null) : oldestAt,
    error: destination.lastError?.text ?? null,
    advice: destinationAdvice(destination, unreachable),
    link: { to: 'route', route: route.name },
  }
}

function destinationTitle(destination: DestinationStatus, unreachable: boolean): string {
  const system = systemName(destination)
  if (destination.status === 'down') return `${system} is unreachable`
  if (unreachable) return `${system} keeps failing, deliveries are paused`
  if (destination.held > 0) return `${system}: a message holds its queue`
  return `${system} is falling behind`
}

function destinationFacts(route: RouteStatus, destination: DestinationStatus): string[] {
  const facts = [`${route.name} → ${destination.name}`]
  if (destination.waiting > 0) facts.push(`${plural(destination.waiting, 'message')} waiting`)
  if (destination.waiting > 0) facts.push(`oldest ${formatDuration(destination.lagMs)}`)
  if (destination.held > 0) facts.push(`${destination.held} held`)
  return facts
}

function destinationAdvice(destination: DestinationStatus, unreachable: boolean): string {
  if (unreachable) {
    return `${adviceFor(destination)} Messages are kept in order and go out by themselves when it answers.`
  }
  if (destination.held > 0) {
    return 'Open the held message: correct and resend it, or discard it. Only that patient’s messages wait behind it.'
  }
  const rate = formatRate(destination.deliveredPerSecond)
  return `It answers, but takes only ${rate}/s. Ask its owner whether a batch or a backup is running.`
}

function ofDeadLetters(count: number): Problem {
  return {
    id: 'dead-letters',
    severity: 'warn',
    title: count === 1 ? '1 message was given up on' : `${plural(count, 'message')} were given up on`,
    facts: ['dead letters, grouped by cause'],
    since: null,
    error: null,
    advice: 'They will not go out by themselves. Correct the cause, then replay the whole group.',
    link: { to: 'dead-letters' },
  }
}
