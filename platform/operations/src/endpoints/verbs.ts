import type { Permission } from '@samband/access'
import type { Verb } from '@samband/engine'
import { verbResult } from '../answers.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { HttpError } from '../http/http-error.ts'
import { messagePath, verbRequest } from '../schemas.ts'

const verbs: readonly { readonly verb: Verb | 'discard'; readonly requires: Permission; readonly summary: string }[] = [
  { verb: 'reinject', requires: 'messages:replay', summary: 'Run it again from the start, as a new message' },
  { verb: 'reprocess', requires: 'messages:replay', summary: 'Try again from the step or delivery that failed' },
  { verb: 'resend', requires: 'messages:replay', summary: 'Send the same output again' },
  { verb: 'redirect', requires: 'messages:replay', summary: 'Send the output to another destination' },
  { verb: 'edit', requires: 'messages:edit', summary: 'Send an edited copy as a new message, linked to this one' },
  { verb: 'discard', requires: 'messages:discard', summary: 'Give up on what is dead or held' },
]

/** Every act on one message asks for a reason, which is kept with the act and in the audit log. */
export const verbEndpoints: readonly Endpoint[] = verbs.map(({ verb, requires, summary }) =>
  endpoint({
    method: 'POST',
    path: `/messages/:id/${verb}`,
    summary,
    requires,
    params: messagePath,
    body: verbRequest,
    ...(verb === 'edit' ? { bodyBytesMax: 'editRequestBytesMax' as const } : {}),
    answer: verbResult,
    audit: ({ params, body }) => ({
      action: `message-${verb}`,
      subject: { kind: 'message', id: String(params.id) },
      purpose: body.reason,
      detail: {
        ...(body.destination === undefined ? {} : { destination: body.destination }),
        ...(body.target === undefined ? {} : { target: body.target }),
      },
    }),
    async handle({ context, params, body, principal }) {
      if (verb === 'edit' && body.bodyBase64 === undefined) throw missingField('bodyBase64', 'the edited message')
      if (verb === 'redirect' && body.target === undefined) throw missingField('target', 'route/destination')
      return await context.engine.act(verb, params.id, body, { name: principal.name })
    },
  }),
)

function missingField(path: string, what: string): HttpError {
  const text = `must be given: ${what}`
  return new HttpError({
    status: 400,
    code: 'request-body-invalid',
    category: 'incorrect',
    message: `${path}: ${text}`,
    issues: [{ code: 'missing', path, text }],
  })
}
