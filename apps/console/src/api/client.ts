import type { ErrorBody } from '@samband/operations/contract'

/** Where the operations API answers, relative to the page's own origin. */
const API_BASE = '/api/v1'
const REQUEST_TIMEOUT_MS = 30_000

type ApiIssue = NonNullable<ErrorBody['error']['issues']>[number]

/** What the server answered, or why no answer came (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly category: string
  readonly issues: readonly ApiIssue[]

  constructor(status: number, error: ErrorBody['error']) {
    super(error.message)
    this.name = 'ApiError'
    this.status = status
    this.code = error.code
    this.category = error.category
    this.issues = error.issues ?? []
  }
}

type Method = 'GET' | 'POST' | 'DELETE'

/**
 * One request to the operations API. Unsafe methods carry the CSRF header, which another site's form cannot set.
 * Patient identifiers belong in `body`, never in `path`.
 */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-samband-csrf'] = '1'
  if (body !== undefined) headers['content-type'] = 'application/json'
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  let response: Response
  try {
    response = await fetch(API_BASE + path, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw unreachable(timeout.aborted)
  }
  if (!response.ok) throw await errorOf(response)
  if (response.status === 204) return undefined as T // 204 has no body; the callers that can get it ask for `void`
  return (await response.json()) as T // the contract's types; the server's tests hold it to them
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  request<T>('POST', path, body, signal)

function unreachable(timedOut: boolean): ApiError {
  const message = timedOut
    ? `Samband did not answer within ${REQUEST_TIMEOUT_MS / 1000} s.`
    : 'Samband cannot be reached. Is the server running, and is this machine on its network?'
  return new ApiError(0, { code: timedOut ? 'timeout' : 'unreachable', category: 'unavailable', message })
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  if (isErrorBody(body)) return new ApiError(response.status, body.error)
  return new ApiError(response.status, {
    code: `http-${response.status}`,
    category: response.status >= 500 ? 'fault' : 'incorrect',
    message: `The server answered ${response.status} ${response.statusText}`.trim(),
  })
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'message' in error && 'code' in error
}
