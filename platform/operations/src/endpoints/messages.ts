import {
  bodyView as bodyAnswer,
  eventView,
  messageDetail,
  messagePage,
  parsedTree as treeAnswer,
  trace,
} from '../answers.ts'
import { bodyView } from '../body-view.ts'
import { type AuditFacts, type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { parsedTree } from '../parsed-tree.ts'
import { eventPath, messagePath, messageSearch } from '../schemas.ts'
import { traceView } from '../trace-view.ts'

const read =
  (action: string) =>
  ({ params }: { readonly params: { readonly id: number } }): AuditFacts => ({
    action,
    subject: { kind: 'message', id: String(params.id) },
  })

export const messageEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/messages/search',
    summary: 'Messages, newest first. A patient id is searched for by its keyed hash',
    requires: 'messages:search',
    body: messageSearch,
    answer: messagePage,
    // Which patient somebody looked for says something about the patient.
    audit: ({ body }) => (body.patientId === undefined ? undefined : { action: 'patient-search' }),
    handle: async ({ context, body }) => await context.engine.searchMessages(body),
  }),
  endpoint({
    method: 'GET',
    path: '/messages/:id',
    summary: 'One message: where it went, its timeline, what was made from it',
    requires: 'messages:search',
    params: messagePath,
    answer: messageDetail,
    audit: read('message-read'),
    async handle({ context, params }) {
      return (await context.engine.message(params.id)) ?? missing()
    },
  }),
  endpoint({
    method: 'GET',
    path: '/messages/:id/body',
    summary: 'The bytes as they were received, and their text',
    requires: 'messages:body',
    params: messagePath,
    answer: bodyAnswer,
    audit: read('message-body-read'),
    async handle({ context, params }) {
      return bodyView((await context.engine.body(params.id)) ?? missing())
    },
  }),
  endpoint({
    method: 'GET',
    path: '/messages/:id/tree',
    summary: 'The message parsed: segments, fields, components, and what is odd about it',
    requires: 'messages:body',
    params: messagePath,
    answer: treeAnswer,
    audit: read('message-body-read'),
    async handle({ context, params }) {
      const { bytes } = (await context.engine.body(params.id)) ?? missing()
      return parsedTree(bytes, context.limits.treeNodesMax)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/messages/:id/trace',
    summary: 'What each step of the route made of it',
    requires: 'messages:body',
    params: messagePath,
    answer: trace,
    audit: read('message-trace-read'),
    async handle({ context, params }) {
      const result = (await context.engine.trace(params.id)) ?? missing()
      return traceView(result, (await context.engine.body(params.id))?.bytes)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/messages/:id/events/:eventId',
    summary: 'What one attempt sent, and what the receiver answered',
    requires: 'messages:body',
    params: eventPath,
    answer: eventView,
    audit: ({ params }) => ({
      action: 'message-event-read',
      subject: { kind: 'message', id: String(params.id) },
      detail: { event: params.eventId },
    }),
    async handle({ context, params }) {
      const bodies = (await context.engine.eventBodies(params.id, params.eventId)) ?? missing('event')
      return {
        output: bodies.output === undefined ? null : bodyView(bodies.output),
        reply: bodies.reply === undefined ? null : bodyView({ bytes: bodies.reply, attributes: {} }),
      }
    },
  }),
]

function missing(what = 'message'): never {
  throw notFound(what)
}
