import type { PlannedDifference } from '@samband/engine'
import { decodeBody } from './body-view.ts'
import { changedPaths } from './changed-paths.ts'
import type { DeploymentPlanView, DifferenceView } from './contract.ts'
import type { PlannedDeployment } from './deployments-port.ts'

/** Differences of a route with their content; what is beyond is counted by the client from the rest, which has none. */
const contentsMax = 50

/** A plan as it is answered. Without `contents`, whoever asked sees counts and paths only. */
export function planView(plan: PlannedDeployment, contents: boolean): DeploymentPlanView {
  return {
    id: plan.id,
    createdAt: plan.createdAt,
    contents,
    warnings: plan.warnings,
    routes: plan.routes.map(route => ({
      name: route.name,
      change: route.change,
      from: route.from,
      to: route.to,
      dependsOn: route.dependsOn,
      simulated: route.simulated,
      same: route.same,
      different: route.different.map((one, index) => differenceView(one, contents && index < contentsMax)),
      failures: [],
    })),
  }
}

/** The messages of which a plan's view shows content: each is a read of that message. */
export function messagesShown({ routes }: DeploymentPlanView): readonly number[] {
  const shown = routes
    .flatMap(({ different }) => different)
    .filter(({ before, after }) => before !== null || after !== null)
  return [...new Set(shown.map(({ messageId }) => messageId))]
}

function differenceView(difference: PlannedDifference, contents: boolean): DifferenceView {
  const { messageId, kind, destination, part, before, after } = difference
  const paths = kind === 'output' && before !== null && after !== null ? changedPaths(before, after) : []
  return {
    messageId,
    kind,
    destination,
    part,
    before: contents ? text(before) : null,
    after: contents ? text(after) : null,
    paths,
  }
}

function text(content: Uint8Array | string | null): string | null {
  return content === null || typeof content === 'string' ? content : decodeBody(content).text
}
