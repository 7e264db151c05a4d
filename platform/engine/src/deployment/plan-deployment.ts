import type { RouteDescription } from '@samband/route'
import { idFromTime, timeOfId } from '@samband/store'
import type { EngineContext } from '../engine-context.ts'
import type { DeploymentPlan, PlannedDifference, RoutePlan } from '../engine-types.ts'
import type { RouteHost, StepJob, StepOutcome } from '../hosting/route-host.ts'
import { dependenciesOf } from './route-order.ts'

/** Messages older than this say little about what comes in today, and are far to read. */
const lookBackMs = 30 * 86_400_000
const differencesMax = 200

/** What would run instead of what runs. */
export type Candidate = { readonly running: RouteHost | undefined; readonly next: RouteHost | undefined }

/**
 * Compares what would run with what runs, by the newest real messages: each goes through both revisions, with the answers
 * that capabilities gave when it came. Nothing is sent, nothing is asked of the outside.
 */
export async function planDeployment(
  context: EngineContext,
  candidates: readonly Candidate[],
  messages: number,
): Promise<DeploymentPlan> {
  const routes: RoutePlan[] = []
  const warnings: string[] = []
  for (const candidate of candidates) {
    const plan = await planRoute(context, candidate, messages)
    routes.push(plan)
    if (plan.change === 'changed' && plan.simulated === 0) {
      warnings.push(`no message of route "${plan.name}" is left to compare its revisions by`)
    }
    if (plan.different.length === differencesMax) {
      warnings.push(`route "${plan.name}": only the first ${differencesMax} differences are told`)
    }
  }
  return { routes, warnings }
}

async function planRoute(context: EngineContext, { running, next }: Candidate, messages: number): Promise<RoutePlan> {
  // One of them is there: a candidate is something that runs or would run.
  const description = (next ?? running)?.description as RouteDescription
  const same = running !== undefined && next !== undefined && running.revision === next.revision
  const change = running === undefined ? 'added' : next === undefined ? 'removed' : same ? 'same' : 'changed'
  const plan = {
    name: description.name,
    change,
    from: running?.revision ?? null,
    to: next?.revision ?? null,
    dependsOn: dependenciesOf(description),
  } as const
  if (change !== 'changed' || running === undefined || next === undefined) {
    return { ...plan, simulated: 0, same: 0, different: [] }
  }
  const different: PlannedDifference[] = []
  let simulated = 0
  let equal = 0
  for (const messageId of await newestOf(context, description.name, messages)) {
    const raw = await context.reader.body(messageId)
    if (raw === undefined) continue
    const job: StepJob = {
      messageId,
      raw,
      receivedMs: timeOfId(messageId),
      recorded: (await context.reader.calls(messageId)) ?? [],
    }
    const found = differences(messageId, await running.rehearse(job), await next.rehearse(job))
    simulated += 1
    if (found.length === 0) equal += 1
    else different.push(...found.slice(0, differencesMax - different.length))
  }
  return { ...plan, simulated, same: equal, different }
}

async function newestOf(context: EngineContext, route: string, limit: number): Promise<readonly number[]> {
  const { rows } = await context.db.pool.query<{ id: number }>(
    `select id from engine.message
      where tenant = $1 and id > $4
        and revision = any(select id from engine.route_revision where tenant = $1 and route = $2)
      order by id desc limit $3`,
    [context.tenant, route, limit, idFromTime(context.now() - lookBackMs)],
  )
  return rows.map(({ id }) => id)
}

/** Exported for its tests. */
export function differences(messageId: number, before: StepOutcome, after: StepOutcome): PlannedDifference[] {
  const one = reasonOf(before)
  const other = reasonOf(after)
  const whole = { messageId, destination: null, part: 0 }
  if (one.kind !== other.kind) {
    return [{ ...whole, kind: other.kind === 'output' ? one.kind : other.kind, before: one.text, after: other.text }]
  }
  if (one.text !== other.text) return [{ ...whole, kind: one.kind, before: one.text, after: other.text }]
  return outputDifferences(messageId, before, after)
}

function reasonOf({ result }: StepOutcome): { kind: 'output' | 'drop' | 'failure'; text: string | null } {
  if (result.kind === 'dead') return { kind: 'failure', text: `${result.step}: ${result.code}: ${result.text}` }
  if (result.outputs.length > 0) return { kind: 'output', text: null }
  const [first] = result.drops
  return { kind: 'drop', text: first === undefined ? 'no destination took it' : `${first.step}: ${first.reason}` }
}

function outputDifferences(messageId: number, before: StepOutcome, after: StepOutcome): PlannedDifference[] {
  const old = outputsOf(before)
  const young = outputsOf(after)
  const found: PlannedDifference[] = []
  for (const [key, bytes] of old) {
    const other = young.get(key)
    const place = placeOf(messageId, key)
    if (other === undefined) found.push({ ...place, kind: 'missing', before: bytes, after: null })
    else if (Buffer.compare(bytes, other) !== 0) found.push({ ...place, kind: 'output', before: bytes, after: other })
  }
  for (const [key, bytes] of young) {
    if (!old.has(key)) found.push({ ...placeOf(messageId, key), kind: 'extra', before: null, after: bytes })
  }
  return found
}

function outputsOf({ result }: StepOutcome): ReadonlyMap<string, Uint8Array> {
  const outputs = result.kind === 'outputs' ? result.outputs : []
  return new Map(outputs.map(({ destination, part, encoded }) => [`${destination}#${part}`, encoded.bytes]))
}

function placeOf(messageId: number, key: string): { messageId: number; destination: string; part: number } {
  const at = key.lastIndexOf('#')
  return { messageId, destination: key.slice(0, at), part: Number(key.slice(at + 1)) }
}
