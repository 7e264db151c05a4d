import { permissionsOf } from '@samband/access'
import { deploymentPage, deploymentPlan, deploymentProgress } from '../answers.ts'
import type { Principal } from '../access-port.ts'
import type { OperationsContext } from '../context.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { messagesShown, planView } from '../plan-view.ts'
import { applyRequest, deploymentPath, deploymentSearch, planRequest, rollbackRequest } from '../schemas.ts'

export const deploymentEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/deployments/plan',
    summary:
      'What applying the routes of the folders (or of a former deployment) would change, with the last messages run on both. Contents only for those who may read them',
    requires: 'routes:deploy',
    body: planRequest,
    answer: deploymentPlan,
    audit: () => ({ action: 'deployment-plan' }),
    async handle({ context, body, principal, request }) {
      const contents = permissionsOf(principal.roles).has('messages:body')
      const view = planView(await context.deployments.plan(body), contents)
      await auditReads(context, principal, request.ip, messagesShown(view))
      return view
    },
  }),
  endpoint({
    method: 'POST',
    path: '/deployments',
    summary:
      'Apply the routes of the folders; with `plan` only if they are still what was planned. Follow it by its id',
    requires: 'routes:deploy',
    body: applyRequest,
    answer: deploymentProgress,
    audit: ({ body }) => ({
      action: 'deployment-apply',
      purpose: body.reason,
      ...(body.plan === undefined ? {} : { detail: { plan: body.plan } }),
    }),
    handle: async ({ context, body, principal }) => await context.deployments.apply(body, { name: principal.name }),
  }),
  endpoint({
    method: 'POST',
    path: '/deployments/rollback',
    summary: 'Apply the routes of a former deployment again: the one before the current unless told otherwise',
    requires: 'routes:deploy',
    body: rollbackRequest,
    answer: deploymentProgress,
    audit: ({ body }) => ({
      action: 'deployment-rollback',
      purpose: body.reason,
      ...(body.deployment === undefined ? {} : { subject: { kind: 'deployment', id: String(body.deployment) } }),
    }),
    handle: async ({ context, body, principal }) => await context.deployments.rollback(body, { name: principal.name }),
  }),
  endpoint({
    method: 'POST',
    path: '/deployments/search',
    summary: 'Deployments, newest first: who applied which revisions, and why',
    requires: 'status:read',
    body: deploymentSearch,
    answer: deploymentPage,
    handle: async ({ context, body }) => await context.deployments.list(body),
  }),
  endpoint({
    method: 'GET',
    path: '/deployments/:id',
    summary: 'One deployment, and which processes run it',
    requires: 'status:read',
    params: deploymentPath,
    answer: deploymentProgress,
    async handle({ context, params }) {
      const progress = await context.deployments.progress(params.id)
      if (progress === undefined) throw notFound('deployment')
      return progress
    },
  }),
]

/** Content in a plan is content: each message is accounted for as if its body had been read, before the answer leaves. */
async function auditReads(
  { access }: OperationsContext,
  principal: Principal,
  address: string,
  messageIds: readonly number[],
): Promise<void> {
  for (const id of messageIds) {
    await access.audit({
      actor: principal.name,
      actorKind: principal.kind,
      action: 'message-body-read',
      outcome: 'success',
      address,
      subject: { kind: 'message', id: String(id) },
      detail: { in: 'deployment-plan' },
    })
  }
}
