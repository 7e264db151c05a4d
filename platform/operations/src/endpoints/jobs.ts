import { job, jobOrPreview, jobs } from '../answers.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { authorise } from '../http/authentication.ts'
import { notFound } from '../http/http-error.ts'
import { controlPath, jobPath, jobRequest, nothing } from '../schemas.ts'

export const jobEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/jobs',
    summary: 'A verb on many messages, as a job of the server; dryRun counts and samples without doing anything',
    requires: 'jobs:run',
    body: jobRequest,
    answer: jobOrPreview,
    audit: ({ body }) =>
      body.dryRun === true && body.select.search?.patientId === undefined
        ? undefined
        : {
            action: body.dryRun === true ? 'job-preview' : 'job-start',
            purpose: body.reason,
            detail: { verb: body.verb },
          },
    async handle({ context, body, principal }) {
      if (body.dryRun === true) return await context.engine.previewJob(body)
      // A job may do no more than its starter could do one by one.
      authorise(principal, body.verb === 'discard' ? 'messages:discard' : 'messages:replay')
      return await context.engine.startJob(body, { name: principal.name })
    },
  }),
  endpoint({
    method: 'GET',
    path: '/jobs',
    summary: 'Jobs under way and ended, newest first',
    requires: 'status:read',
    answer: jobs,
    handle: async ({ context }) => await context.engine.jobs(),
  }),
  endpoint({
    method: 'GET',
    path: '/jobs/:id',
    summary: 'One job',
    requires: 'status:read',
    params: jobPath,
    answer: job,
    async handle({ context, params }) {
      const found = (await context.engine.jobs()).find(({ id }) => id === params.id)
      if (found === undefined) throw notFound('job')
      return found
    },
  }),
  endpoint({
    method: 'POST',
    path: '/jobs/:id/:control',
    summary: 'pause, resume or cancel',
    requires: 'jobs:run',
    params: controlPath,
    body: nothing,
    answer: job,
    audit: ({ params }) => ({ action: `job-${params.control}`, subject: { kind: 'job', id: String(params.id) } }),
    handle: async ({ context, params, principal }) =>
      await context.engine.controlJob(params.id, params.control, { name: principal.name }),
  }),
]
