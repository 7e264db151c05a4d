import { Refusal } from '../http/refusal.ts'

/** The caller is not known: 401 with a challenge (RFC 6750 §3). Nothing of the token stands in it. */
export class AuthenticationError extends Refusal {
  constructor(init: {
    readonly code: string
    readonly message: string
    /** RFC 6750 §3.1; absent where no token was sent. */
    readonly error?: 'invalid_request' | 'invalid_token'
    readonly cause?: unknown
  }) {
    const { code, message, error, cause } = init
    super({
      code,
      category: 'forbidden',
      status: 401,
      message,
      issues: [{ severity: 'error', type: 'login', code, text: message }],
      headers: {
        'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}", error_description="${message}"`,
      },
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
