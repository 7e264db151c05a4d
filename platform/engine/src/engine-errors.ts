import { SambandError } from '@samband/errors'

export function messageBodyMissing(messageId: number): SambandError {
  return new SambandError({
    code: 'message-body-missing',
    category: 'not-found',
    message: `message ${messageId} has no body`,
  })
}

export function messageUnknown(messageId: number): SambandError {
  return new SambandError({
    code: 'message-unknown',
    category: 'not-found',
    message: `there is no message ${messageId}`,
  })
}

export function routeNotRunning(route: string): SambandError {
  return new SambandError({
    code: 'route-not-running',
    category: 'conflict',
    message: `route "${route}" is not running here`,
  })
}

export function incorrect(code: string, message: string): SambandError {
  return new SambandError({ code, category: 'incorrect', message })
}

export function conflict(code: string, message: string): SambandError {
  return new SambandError({ code, category: 'conflict', message })
}
