import { HubError } from '../hub-error.ts'

/**
 * The caller is not known: 401. `challenge` goes out as `WWW-Authenticate` (RFC 6750 §3). Nothing of the token stands in it.
 */
export class AuthenticationError extends HubError {
  readonly challenge: string

  constructor(init: {
    readonly code: string
    readonly message: string
    readonly error?: string
    readonly cause?: unknown
  }) {
    const { code, message, error, cause } = init
    super({
      code,
      category: 'forbidden',
      status: 401,
      message,
      issues: [{ severity: 'error', type: 'login', code, text: message }],
      ...(cause === undefined ? {} : { cause }),
    })
    this.challenge = error === undefined ? 'Bearer' : `Bearer error="${error}", error_description="${message}"`
  }
}
