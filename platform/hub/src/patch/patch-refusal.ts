import { HubError } from '../hub-error.ts'

/** A patch that is not one: what is wrong with it is wrong whatever it is applied to. */
export function patchMalformed(text: string, expression: string): HubError {
  return refusal('patch-malformed', 400, 'structure', text, expression)
}

/** A patch that does not fit the resource as it is (RFC 5789 §2.2). */
export function patchInapplicable(text: string, expression: string): HubError {
  return refusal('patch-inapplicable', 422, 'processing', text, expression)
}

function refusal(code: string, status: number, type: string, text: string, expression: string): HubError {
  return new HubError({
    code,
    category: 'incorrect',
    status,
    message: text,
    issues: [{ severity: 'error', type, code, text, ...(expression === '' ? {} : { expression }) }],
  })
}
