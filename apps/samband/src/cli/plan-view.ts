import { compareBytes } from '../route-tests/compare-bytes.ts'
import { printable } from './output.ts'

/**
 * What applying new routes would change, as the server planned it: each route, the endpoints that routes begin or cease to use, and for
 * the last real messages what would go out otherwise.
 */
export type Plan = {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly routes: readonly PlannedRoute[]
  readonly warnings: readonly string[]
}

export type PlannedRoute = {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  /** Revisions; null where there is none on that side. */
  readonly from: string | null
  readonly to: string | null
  /** Routes that it hands on to: they are switched before it. */
  readonly dependsOn: readonly string[]
  /** Endpoints that it begins or ceases to use. */
  readonly endpoints?: readonly EndpointChange[]
  /** Real messages that were run on both revisions. */
  readonly simulated: number
  readonly same: number
  readonly different: readonly PlanDifference[]
  readonly failures: readonly PlanFailure[]
}

export type EndpointChange = {
  readonly change: 'added' | 'removed'
  readonly role: 'source' | 'destination'
  readonly name: string
}

/** One message that would run otherwise. `before` and `after` are content: outputs, or reasons of drops and failures. */
export type PlanDifference = {
  readonly messageId: number
  readonly destination: string | null
  readonly kind: 'output' | 'drop' | 'failure' | 'extra' | 'missing'
  readonly before: string | null
  readonly after: string | null
  /** Where outputs differ, for who may not see what stands there. */
  readonly paths?: readonly string[]
}

/** A message that could not be run on one of the revisions. */
export type PlanFailure = { readonly messageId: number; readonly text: string }

export type PlanViewOptions = {
  /** Differences shown per route; the rest is counted. */
  readonly differencesMax?: number
  /** Lines shown per difference. */
  readonly linesMax?: number
}

const differencesMaxDefault = 10
const linesMaxDefault = 20

/** The plan as text for a terminal or a merge request. It shows what the server gave: contents only to who may read those. */
export async function planText(plan: Plan, options: PlanViewOptions = {}): Promise<string> {
  const changed = inOrder(plan.routes.filter(({ change }) => change !== 'same'))
  const same = plan.routes.filter(({ change }) => change === 'same')
  const parts = await Promise.all(changed.map(route => routeText(route, options)))
  const unchanged = same.length === 0 ? [] : [`  ${same.length} unchanged: ${same.map(({ name }) => name).join(', ')}`]
  const warnings = plan.warnings.map(text => `! ${printable(text)}`)
  return [`Plan ${plan.id}: ${planSummary(plan)}`, ...warnings, ...parts, ...unchanged].join('\n')
}

/** '1 added, 2 changed; 3 of 200 messages would go out otherwise' */
export function planSummary({ routes }: Plan): string {
  const kinds = (['added', 'changed', 'removed'] as const).flatMap(kind => {
    const count = routes.filter(({ change }) => change === kind).length
    return count === 0 ? [] : [`${count} ${kind}`]
  })
  if (kinds.length === 0) return 'nothing changes'
  const simulated = routes.reduce((sum, route) => sum + route.simulated, 0)
  const different = routes.reduce((sum, route) => sum + messagesOf(route), 0)
  const effect =
    simulated === 0
      ? 'no message was there to simulate'
      : different === 0
        ? `all ${simulated} messages go out as before`
        : `${different} of ${simulated} messages would go out otherwise`
  return `${kinds.join(', ')}; ${effect}`
}

function messagesOf({ different }: PlannedRoute): number {
  return new Set(different.map(({ messageId }) => messageId)).size
}

/** Routes behind those that they hand on to, as they are switched. A circle is left in the order of the plan. */
function inOrder(routes: readonly PlannedRoute[]): readonly PlannedRoute[] {
  const ordered: PlannedRoute[] = []
  const visit = (route: PlannedRoute, above: readonly string[]): void => {
    if (ordered.includes(route) || above.includes(route.name)) return
    for (const name of route.dependsOn) {
      const next = routes.find(one => one.name === name)
      if (next !== undefined) visit(next, [...above, route.name])
    }
    ordered.push(route)
  }
  for (const route of routes) visit(route, [])
  return ordered
}

const signs: Readonly<Record<PlannedRoute['change'], string>> = { added: '+', removed: '-', changed: '~', same: ' ' }

async function routeText(route: PlannedRoute, options: PlanViewOptions): Promise<string> {
  const { name, change, from, to, dependsOn, endpoints = [], different, failures } = route
  const { differencesMax = differencesMaxDefault } = options
  const revisions = [from, to].filter(revision => revision !== null).join(' → ')
  const shown = await Promise.all(different.slice(0, differencesMax).map(one => differenceText(one, options)))
  const more = different.length - shown.length
  return [
    `${signs[change]} ${name}  ${revisions}`,
    ...(dependsOn.length === 0 ? [] : [`    hands on to ${dependsOn.join(', ')}`]),
    ...endpoints.map(
      one => `    ${signs[one.change]} ${one.role === 'source' ? 'reads from' : 'sends to'} ${one.name}`,
    ),
    ...countText(route),
    ...shown,
    ...(more > 0 ? [`    … and ${more} more differences`] : []),
    ...failures.map(({ messageId, text }) => `    ${messageId} could not be run: ${printable(text)}`),
  ].join('\n')
}

function countText(route: PlannedRoute): string[] {
  const { simulated, same, change } = route
  if (simulated > 0) return [`    ${simulated} messages simulated: ${same} the same, ${messagesOf(route)} different`]
  return change === 'changed' ? ['    no message was there to simulate'] : []
}

const kindTexts: Readonly<Record<PlanDifference['kind'], string>> = {
  output: 'goes out otherwise',
  extra: 'goes out, and did not before',
  missing: 'goes out no more',
  drop: 'is dropped otherwise',
  failure: 'ends otherwise',
}

async function differenceText(difference: PlanDifference, options: PlanViewOptions): Promise<string> {
  const { messageId, destination, kind } = difference
  const { linesMax = linesMaxDefault } = options
  const where = destination === null ? '' : ` to ${destination}`
  const lines = await contentLines(difference)
  const more = lines.length - linesMax
  return [
    `    ${messageId}${where} ${kindTexts[kind]}${reasonsText(difference)}`,
    ...lines.slice(0, linesMax).map(line => `        ${printable(line)}`),
    ...(more > 0 ? [`        … and ${more} more lines`] : []),
  ].join('\n')
}

function reasonsText({ kind, before, after }: PlanDifference): string {
  if (kind !== 'drop' && kind !== 'failure') return ''
  // Neither: they were left out.
  if (before === null && after === null) return ''
  return `: ${printable(before ?? 'not before')} → ${printable(after ?? 'not now')}`
}

async function contentLines({ kind, before, after, paths = [] }: PlanDifference): Promise<readonly string[]> {
  if (kind === 'drop' || kind === 'failure') return []
  if (before === null && after === null) return paths.length === 0 ? [] : [`at ${paths.join(', ')}`]
  if (before !== null && after !== null) {
    const comparison = await compareBytes(Buffer.from(before, 'utf8'), Buffer.from(after, 'utf8'))
    return comparison?.lines ?? []
  }
  const sign = before === null ? '+' : '-'
  return (before ?? after ?? '')
    .split(/\r\n|\r|\n/)
    .filter(line => line !== '')
    .map(line => `${sign} ${line}`)
}
