import { describeRoute, type RouteDefinition, runPipeline } from '@samband/route'
import type { LoadedRoute } from '../engine-types.ts'
import { type CapabilityKinds, capabilityKinds, silentCapabilities } from './capability-kinds.ts'
import { MessageReading } from './message-reading.ts'
import type { HostListener, RouteHost, StepJob, StepOutcome } from './route-host.ts'
import { resultOf } from './step-result.ts'
import { StepRunner } from './step-runner.ts'
import { traceSteps } from './trace-steps.ts'

/**
 * A route's code in the engine's own thread: for tests and for embedding, where the routes are one's own. Nothing stops
 * an endless loop here.
 */
export function inlineHost(
  { definition, revision }: LoadedRoute,
  capabilities: Readonly<Record<string, unknown>>,
  listener: HostListener,
  partsMax: number,
): RouteHost {
  let underWay = 0
  const kinds = capabilityKinds(capabilities)
  const runner = new StepRunner({
    definition,
    capabilities,
    partsMax,
    grouped: listener.grouped,
    callFailed: listener.callFailed,
    finished: outcome => {
      underWay -= 1
      listener.finished(outcome)
    },
  })
  const reading = new MessageReading(definition)
  return {
    description: describeRoute(definition),
    revision,
    run: job => {
      underWay += 1
      runner.run(job)
    },
    ready: () => runner.ready(),
    get underWay() {
      return underWay
    },
    read: async raws => raws.map(raw => reading.read(raw)),
    trace: (messageId, raw, recorded) => traceSteps(definition, kinds, messageId, raw, recorded),
    rehearse: job => rehearse(definition, kinds, job),
    groupKeys: async failures => failures.map(failure => definition.errorPolicy.groupBy(failure)),
    stop: async () => runner.stop(),
  }
}

/** The steps once, without retries and without asking anything that was not recorded. */
export async function rehearse(
  definition: RouteDefinition,
  kinds: CapabilityKinds,
  { messageId, raw, recorded = [] }: StepJob,
): Promise<StepOutcome> {
  const parsed = new MessageReading(definition).parse(raw)
  if (!parsed.ok) {
    const { code, text } = parsed
    return { messageId, key: undefined, calls: [], joins: [], result: { kind: 'dead', step: 'parse', code, text } }
  }
  const result = await runPipeline({
    definition,
    item: parsed.item,
    messageId,
    capabilities: silentCapabilities(kinds),
    recorded,
  })
  const key = new MessageReading(definition).key(parsed.item)
  const joins = result.ok ? result.joined.map(({ step, part }) => ({ step, part })) : []
  return { messageId, key, calls: result.calls, joins, result: resultOf(result) }
}
