import { bodyView as bodyAnswer, deadLetterGroups, deadLetterPage, refusalPage } from '../answers.ts'
import { bodyView } from '../body-view.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { deadLetterGroupFilter, deadLetterSearch, refusalPath, refusalSearch } from '../schemas.ts'

export const deadLetterEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/dead-letters/groups',
    summary: 'What was given up on, grouped by cause',
    requires: 'messages:search',
    body: deadLetterGroupFilter,
    answer: deadLetterGroups,
    handle: async ({ context, body }) => await context.engine.deadLetterGroups(body),
  }),
  endpoint({
    method: 'POST',
    path: '/dead-letters/search',
    summary: 'Dead letters of a group or a route, newest first',
    requires: 'messages:search',
    body: deadLetterSearch,
    answer: deadLetterPage,
    handle: async ({ context, body }) => await context.engine.deadLetters(body),
  }),
  endpoint({
    method: 'POST',
    path: '/refusals/search',
    summary: 'What was refused before it became a message, newest first',
    requires: 'status:read',
    body: refusalSearch,
    answer: refusalPage,
    handle: async ({ context, body }) => await context.engine.refusals(body),
  }),
  endpoint({
    method: 'GET',
    path: '/refusals/:id/body',
    summary: 'The first bytes of what was refused',
    requires: 'messages:body',
    params: refusalPath,
    answer: bodyAnswer,
    audit: ({ params }) => ({ action: 'refusal-body-read', subject: { kind: 'refusal', id: String(params.id) } }),
    async handle({ context, params }) {
      const bytes = await context.engine.refusalBody(params.id)
      if (bytes === undefined) throw notFound('refusal')
      return bodyView({ bytes, attributes: {} })
    },
  }),
]
