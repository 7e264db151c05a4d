import { HubError, type HubIssue } from '../hub-error.ts'
import type { AnswerHeaders } from './hub-request.ts'

/** A refusal that says something in the answer's head too: `Allow`, `Retry-After`. */
export class Refusal extends HubError {
  readonly headers: AnswerHeaders

  constructor(init: ConstructorParameters<typeof HubError>[0] & { readonly headers: AnswerHeaders }) {
    super(init)
    this.headers = init.headers
  }
}

export function methodNotAllowed(allow: readonly string[]): Refusal {
  return new Refusal({
    status: 405,
    code: 'method-not-allowed',
    category: 'unsupported',
    message: `this address takes ${allow.join(', ')} only`,
    headers: { allow: allow.join(', ') },
  })
}

export function unknownPath(): HubError {
  return new HubError({
    status: 404,
    code: 'path-unknown',
    category: 'not-found',
    message: 'there is no FHIR interaction at this address',
  })
}

export function unknownType(): HubError {
  return new HubError({
    status: 404,
    code: 'type-unknown',
    category: 'not-found',
    message: 'the address names no resource type of FHIR R4',
  })
}

/** Also what a caller is told who may not see it. */
export function unknownResource(type: string): HubError {
  return new HubError({
    status: 404,
    code: 'resource-unknown',
    category: 'not-found',
    message: `there is no such ${type}`,
  })
}

export function goneResource(type: string, version: number): Refusal {
  const message = `this ${type} was deleted`
  return new Refusal({
    status: 410,
    code: 'resource-deleted',
    category: 'not-found',
    message,
    issues: [{ severity: 'error', type: 'deleted', code: 'resource-deleted', text: message }],
    headers: { etag: `W/"${version}"` },
  })
}

/** A parameter of the query, or a header, that is not as it must be. No value stands in the text. */
export function malformed(where: string, text: string, status = 400): HubError {
  return new HubError({
    status,
    code: 'value-malformed',
    category: 'incorrect',
    message: `${where}: ${text}`,
    issues: [{ severity: 'error', type: 'value', code: 'value-malformed', text: `${where}: ${text}` }],
  })
}

export function warning(code: string, text: string): HubIssue {
  return { severity: 'warning', type: 'informational', code, text }
}
