import { type Category, categories, SambandError } from '@samband/errors'
import type {
  AuditSearch,
  AuditView,
  BodyView,
  DeploymentPlanView,
  DeploymentProgress,
  DeploymentView,
  DeadLetter,
  DeadLetterGroup,
  EngineProcess,
  ErrorBody,
  EventView,
  Job,
  JobPreview,
  JobRequest,
  MessageDetail,
  MessageSearch,
  MessageSummary,
  NewPassword,
  NewToken,
  Page,
  ParsedTree,
  RefusalView,
  RouteGraph,
  RouteStatus,
  SessionView,
  SystemStatus,
  TokenFacts,
  Trace,
  UserFacts,
  Verb,
  VerbRequest,
  VerbResult,
} from './contract.ts'

export type OperationsClientOptions = {
  /** 'http://127.0.0.1:7600' */
  readonly url: string
  readonly token: string
  /** Per request. Default 30,000. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

/** The operations API from a program. Throws SambandError with the server's code and category, or `server-unreachable`. */
export type OperationsClient = {
  readonly session: () => Promise<SessionView>
  readonly status: () => Promise<SystemStatus>
  readonly routes: () => Promise<readonly RouteStatus[]>
  readonly processes: () => Promise<readonly EngineProcess[]>
  readonly routeGraph: (name: string) => Promise<RouteGraph>
  readonly searchMessages: (search: MessageSearch) => Promise<Page<MessageSummary>>
  readonly message: (id: number) => Promise<MessageDetail>
  readonly body: (id: number) => Promise<BodyView>
  readonly tree: (id: number) => Promise<ParsedTree>
  readonly trace: (id: number) => Promise<Trace>
  readonly event: (id: number, eventId: number) => Promise<EventView>
  readonly act: (verb: Verb | 'discard', id: number, request: VerbRequest) => Promise<VerbResult>
  readonly deadLetterGroups: (filter?: { readonly route?: string }) => Promise<readonly DeadLetterGroup[]>
  readonly deadLetters: (filter: {
    readonly group?: string
    readonly route?: string
    readonly limit?: number
    readonly cursor?: string
  }) => Promise<Page<DeadLetter>>
  readonly refusals: (filter: {
    readonly route?: string
    readonly limit?: number
    readonly cursor?: string
  }) => Promise<Page<RefusalView>>
  readonly refusalBody: (id: number) => Promise<BodyView>
  readonly previewJob: (request: JobRequest) => Promise<JobPreview>
  readonly startJob: (request: JobRequest) => Promise<Job>
  readonly jobs: () => Promise<readonly Job[]>
  readonly job: (id: number) => Promise<Job>
  readonly controlJob: (id: number, control: 'pause' | 'resume' | 'cancel') => Promise<Job>
  readonly planDeployment: (request?: {
    readonly messages?: number
    readonly deployment?: number
  }) => Promise<DeploymentPlanView>
  readonly applyDeployment: (request: {
    readonly plan?: string
    readonly reason: string
  }) => Promise<DeploymentProgress>
  readonly rollbackDeployment: (request: {
    readonly deployment?: number
    readonly reason: string
  }) => Promise<DeploymentProgress>
  readonly deployment: (id: number) => Promise<DeploymentProgress>
  readonly deployments: (page?: { readonly limit?: number; readonly cursor?: string }) => Promise<Page<DeploymentView>>
  readonly searchAudit: (search: AuditSearch) => Promise<Page<AuditView>>
  readonly tokens: () => Promise<readonly TokenFacts[]>
  readonly createToken: (request: {
    readonly name: string
    readonly roles: readonly string[]
    readonly expiresInDays?: number
  }) => Promise<NewToken>
  readonly revokeToken: (id: string) => Promise<void>
  readonly users: () => Promise<readonly UserFacts[]>
  readonly createUser: (name: string, roles: readonly string[]) => Promise<NewPassword>
  readonly removeUser: (name: string) => Promise<void>
  readonly resetPassword: (user: string) => Promise<NewPassword>
}

type Call = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, timeoutMs?: number) => Promise<T>

export function createOperationsClient(options: OperationsClientOptions): OperationsClient {
  const call = caller(options)
  const segment = encodeURIComponent
  return {
    session: () => call('GET', '/session'),
    status: () => call('GET', '/status'),
    routes: () => call('GET', '/routes'),
    processes: () => call('GET', '/processes'),
    routeGraph: name => call('GET', `/routes/${segment(name)}`),
    searchMessages: search => call('POST', '/messages/search', search),
    message: id => call('GET', `/messages/${id}`),
    body: id => call('GET', `/messages/${id}/body`),
    tree: id => call('GET', `/messages/${id}/tree`),
    trace: id => call('GET', `/messages/${id}/trace`),
    event: (id, eventId) => call('GET', `/messages/${id}/events/${eventId}`),
    act: (verb, id, request) => call('POST', `/messages/${id}/${verb}`, request),
    deadLetterGroups: (filter = {}) => call('POST', '/dead-letters/groups', filter),
    deadLetters: filter => call('POST', '/dead-letters/search', filter),
    refusals: filter => call('POST', '/refusals/search', filter),
    refusalBody: id => call('GET', `/refusals/${id}/body`),
    previewJob: request => call('POST', '/jobs', { ...request, dryRun: true }),
    startJob: request => call('POST', '/jobs', request),
    jobs: () => call('GET', '/jobs'),
    job: id => call('GET', `/jobs/${id}`),
    controlJob: (id, control) => call('POST', `/jobs/${id}/${control}`, {}),
    planDeployment: (request = {}) => call('POST', '/deployments/plan', request, planTimeoutMs),
    applyDeployment: request => call('POST', '/deployments', request, planTimeoutMs),
    rollbackDeployment: request => call('POST', '/deployments/rollback', request, planTimeoutMs),
    deployment: id => call('GET', `/deployments/${id}`),
    deployments: (page = {}) => call('POST', '/deployments/search', page),
    searchAudit: search => call('POST', '/audit/search', search),
    tokens: () => call('GET', '/tokens'),
    createToken: request => call('POST', '/tokens', request),
    revokeToken: id => call('DELETE', `/tokens/${segment(id)}`),
    users: () => call('GET', '/users'),
    createUser: (name, roles) => call('POST', '/users', { name, roles }),
    removeUser: name => call('DELETE', `/users/${segment(name)}`),
    resetPassword: user => call('POST', `/users/${segment(user)}/reset-password`, {}),
  }
}

const timeoutDefaultMs = 30_000
/** Routes are loaded and messages run before these answer. */
const planTimeoutMs = 300_000

function caller({ url, token, timeoutMs = timeoutDefaultMs, fetch: send = fetch }: OperationsClientOptions): Call {
  const base = `${url.replace(/\/+$/, '')}/api/v1`
  return async <T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    withinMs = timeoutMs,
  ): Promise<T> => {
    let response: Response
    try {
      response = await send(base + path, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(withinMs),
        // A token must not follow a redirect to somebody else.
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (cause) {
      throw unreachable(url, cause)
    }
    if (!response.ok) throw await errorOf(response, url)
    // 204 has no body, and its callers expect none. Otherwise the shape is the contract's, which the server's tests hold.
    return (response.status === 204 ? undefined : await response.json()) as T
  }
}

function unreachable(url: string, cause: unknown): SambandError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = inner instanceof Error && 'code' in inner ? ` (${String(inner.code)})` : ''
  const reason = cause instanceof Error && cause.name === 'TimeoutError' ? ' (no answer in time)' : code
  return new SambandError({
    code: 'server-unreachable',
    category: 'unavailable',
    message: `no Samband answers at ${url}${reason}: start it, or correct SAMBAND_URL`,
    cause,
  })
}

async function errorOf(response: Response, url: string): Promise<SambandError> {
  const body: unknown = await response.json().catch(() => undefined)
  if (isErrorBody(body)) {
    const { code, category, message, issues = [] } = body.error
    const rest = issues.slice(1).map(({ path, text }) => `; ${path === undefined ? '' : `${path}: `}${text}`)
    return new SambandError({
      code,
      category: isCategory(category) ? category : 'fault',
      message: message.replace(/ \(and \d+ more\)$/, '') + rest.join(''),
    })
  }
  return new SambandError({
    code: 'server-unknown',
    category: response.status >= 500 ? 'unavailable' : 'unsupported',
    message: `${url} answers ${response.status}, but not as Samband does: correct SAMBAND_URL`,
  })
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'category' in error
}

function isCategory(category: string): category is Category {
  return (categories as readonly string[]).includes(category)
}
