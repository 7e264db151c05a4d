import type { DestinationStatus, RouteStatus, SystemStatus } from '@samband/operations/contract'
import { formatDuration, formatRate, plural } from './format.ts'
import { adviceFor } from './problem-advice.ts'
import { systemName } from './system-name.ts'

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
  | { readonly to: 'held'; readonly route: string }
  | { readonly to: 'dead-letters' }
  | { readonly to: 'refusals' }

/** A receiver that is up but this far behind is worth a look. */
const SLOW_LAG_MS = 30_000
/** Fewer waiting messages than this is a burst, not a problem. */
const SLOW_WAITING = 20

/** A connection that is back within this is noise: the page stays calm. */
const GRACE_MS = 3_000

/** More routes than this are counted, not named. */
const NAMED_MAX = 3

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
  }
  problems.push(...ofDestinations(status.routes, nowMs))
  if (status.deadLetters > 0) problems.push(ofDeadLetters(status.deadLetters))
  return problems.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity])
}

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

type Delivery = { readonly route: RouteStatus; readonly destination: DestinationStatus }

/** One cause is one problem, however many routes deliver to the same receiver. */
function ofDestinations(routes: readonly RouteStatus[], nowMs: number): readonly Problem[] {
  const troubled = routes
    .flatMap(route => route.destinations.map(destination => ({ route, destination })))
    .filter(({ destination }) => troubleOf(destination) !== null)
  const byCause = Map.groupBy(
    troubled,
    ({ destination }) => `${systemName(destination)} ${destination.address} ${troubleOf(destination)}`,
  )
  return [...byCause].flatMap(([cause, deliveries]) => ofReceiver(cause, deliveries, nowMs) ?? [])
}

type Trouble = 'unreachable' | 'failing' | 'held' | 'behind'

function troubleOf(destination: DestinationStatus): Trouble | null {
  if (destination.status === 'down') return 'unreachable'
  if (destination.circuit !== 'closed') return 'failing'
  if (destination.held > 0) return 'held'
  return destination.lagMs >= SLOW_LAG_MS && destination.waiting >= SLOW_WAITING ? 'behind' : null
}

function ofReceiver(cause: string, deliveries: readonly Delivery[], nowMs: number): Problem | null {
  const [worst] = [...deliveries].sort((a, b) => b.destination.lagMs - a.destination.lagMs)
  const trouble = worst ? troubleOf(worst.destination) : null
  if (!worst || trouble === null) return null
  const { route, destination } = worst
  const isBroken = trouble === 'unreachable' || trouble === 'failing'
  const oldestAt = destination.waiting > 0 ? new Date(nowMs - destination.lagMs).toISOString() : null
  const since = isBroken ? (destination.since ?? oldestAt ?? destination.lastError?.at ?? null) : oldestAt
  if (since !== null && nowMs - Date.parse(since) < GRACE_MS) return null
  return {
    id: `receiver:${cause}`,
    severity: isBroken ? 'bad' : 'warn',
    title: receiverTitle(destination, trouble),
    facts: receiverFacts(deliveries),
    since,
    error: destination.lastError?.text ?? null,
    advice: destinationAdvice(destination, isBroken),
    link: trouble === 'held' ? { to: 'held', route: route.name } : { to: 'route', route: route.name },
  }
}

function receiverTitle(destination: DestinationStatus, trouble: Trouble): string {
  const system = systemName(destination)
  if (trouble === 'unreachable') return `${system} is unreachable`
  if (trouble === 'failing') return `${system} keeps failing, deliveries are paused`
  return trouble === 'held' ? `${system}: a message holds its queue` : `${system} is falling behind`
}

function receiverFacts(deliveries: readonly Delivery[]): string[] {
  const sum = (of: (destination: DestinationStatus) => number): number =>
    deliveries.reduce((total, { destination }) => total + of(destination), 0)
  const waiting = sum(destination => destination.waiting)
  const held = sum(destination => destination.held)
  const lagMs = Math.max(0, ...deliveries.map(({ destination }) => destination.lagMs))
  const facts = deliveries.slice(0, NAMED_MAX).map(({ route, destination }) => `${route.name} → ${destination.name}`)
  if (deliveries.length > NAMED_MAX) facts.push(`${plural(deliveries.length - NAMED_MAX, 'more route')}`)
  if (waiting > 0) facts.push(`${plural(waiting, 'message')} waiting`, `oldest ${formatDuration(lagMs)}`)
  if (held > 0) facts.push(`${held} held`)
  return facts
}

function destinationAdvice(destination: DestinationStatus, isBroken: boolean): string {
  if (isBroken) {
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
