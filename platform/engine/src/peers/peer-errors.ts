import { type Category, categories, SambandError } from '@samband/errors'

export function peerUnreachable(address: string, cause: unknown): SambandError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
  return new SambandError({
    code: 'peer-unreachable',
    category: 'unavailable',
    message: `the process at ${address} cannot be reached (${reason}); nothing was sent to it`,
    cause,
  })
}

export function peerLost(address: string, cause?: unknown): SambandError {
  return new SambandError({
    code: 'peer-lost',
    category: 'unavailable',
    message: `the connection to the process at ${address} was lost: whether it did what it was asked is not known`,
    cause,
  })
}

export function peerTimeout(address: string, timeoutMs: number): SambandError {
  return new SambandError({
    code: 'peer-timeout',
    category: 'unavailable',
    message: `the process at ${address} has not answered in ${timeoutMs} ms: whether it did what it was asked is not known`,
  })
}

export function peerFrameTooLarge(bytesMax: number): SambandError {
  return new SambandError({
    code: 'peer-frame-too-large',
    category: 'incorrect',
    message: `the message is too large for the channel between processes: raise peerFrameBytesMax (${bytesMax})`,
  })
}

export function peerBusy(code: string, message: string): SambandError {
  return new SambandError({ code, category: 'busy', message })
}

export function errorHeader({ code, category, message }: SambandError): object {
  return { code, category, message }
}

/** What an error frame says; anything else that such a frame may hold becomes a `fault`. */
export function errorFromHeader(header: unknown): SambandError {
  if (
    typeof header === 'object' &&
    header !== null &&
    'code' in header &&
    'category' in header &&
    'message' in header
  ) {
    const { code, category, message } = header
    if (typeof code === 'string' && typeof message === 'string' && isCategory(category)) {
      return new SambandError({ code, category, message })
    }
  }
  return new SambandError({
    code: 'peer-fault',
    category: 'fault',
    message: 'the other process failed without a reason',
  })
}

function isCategory(value: unknown): value is Category {
  return categories.some(category => category === value)
}
