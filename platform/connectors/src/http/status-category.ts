import type { Category } from '@samband/errors'

/**
 * What a response's status means for the delivery (RFC 9110 §15); undefined for success. A redirect is an answer that this
 * client does not follow: where messages go is configuration, and nobody else may move it.
 */
export function statusCategory(status: number): Category | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status >= 500) return status === 501 || status === 505 ? 'unsupported' : 'busy'
  switch (status) {
    case 401:
    case 403:
    case 407:
      return 'forbidden'
    case 404:
    case 410:
      return 'not-found'
    case 405:
    case 406:
    case 415:
      return 'unsupported'
    case 408:
    case 421:
    case 423:
    case 425:
    case 429:
      return 'busy'
    case 409:
    case 412:
      return 'conflict'
    default:
      return status >= 400 ? 'incorrect' : 'unsupported'
  }
}
