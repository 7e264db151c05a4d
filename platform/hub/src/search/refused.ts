import { HubError } from '../hub-error.ts'

/** What the server does not do: 400 with an issue that says what. */
export function unsupported(text: string): HubError {
  return new HubError({
    code: 'search-unsupported',
    category: 'unsupported',
    status: 400,
    message: text,
    issues: [{ severity: 'error', type: 'not-supported', code: 'search-unsupported', text }],
  })
}

/** What would need more than a limit allows. */
export function tooBroad(text: string): HubError {
  return new HubError({
    code: 'search-too-costly',
    category: 'incorrect',
    status: 400,
    message: text,
    issues: [{ severity: 'error', type: 'too-costly', code: 'search-too-costly', text }],
  })
}
