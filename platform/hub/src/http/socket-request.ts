import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Pair } from '@samband/fhir/search'
import type { Caller } from '../access/caller.ts'
import type { HubBody, HubRequest, HubRequestHeaders } from './hub-request.ts'
import type { RequestTarget } from './request-target.ts'

/** A request from a socket. Its signal is made when somebody asks for it: reads are over before they could be cancelled. */
export class SocketRequest implements HubRequest {
  readonly method: string
  readonly segments: readonly string[]
  readonly query: readonly Pair[]
  readonly headers: HubRequestHeaders
  readonly body?: HubBody
  readonly caller: Caller
  readonly #response: ServerResponse
  #signal: AbortSignal | undefined

  constructor(
    request: FastifyRequest,
    response: ServerResponse,
    {
      target,
      body,
      caller,
    }: { readonly target: RequestTarget; readonly body: HubBody | undefined; readonly caller: Caller },
  ) {
    this.method = request.method
    this.segments = target.segments
    this.query = target.query
    this.headers = hubHeaders(request.headers)
    if (body !== undefined) this.body = body
    this.caller = caller
    this.#response = response
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#response)
    return this.#signal
  }
}

function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (response.destroyed) controller.abort()
  else
    response.once('close', () => {
      if (!response.writableFinished) controller.abort()
    })
  return controller.signal
}

function hubHeaders(headers: FastifyRequest['headers']): HubRequestHeaders {
  const found: { -readonly [K in keyof HubRequestHeaders]: HubRequestHeaders[K] } = {}
  const { prefer } = headers
  if (headers['if-match'] !== undefined) found.ifMatch = headers['if-match']
  if (headers['if-none-match'] !== undefined) found.ifNoneMatch = headers['if-none-match']
  if (headers['if-modified-since'] !== undefined) found.ifModifiedSince = headers['if-modified-since']
  const ifNoneExist = headers['if-none-exist']
  if (ifNoneExist !== undefined) found.ifNoneExist = String(ifNoneExist)
  if (prefer !== undefined) found.prefer = String(prefer)
  return found
}
