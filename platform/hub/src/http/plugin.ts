import { randomUUID } from 'node:crypto'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { operations as hubOperations } from '../operations/index.ts'
import { applyCors, type CorsOptions } from './cors.ts'
import { createDispatch, type DispatchOptions } from './dispatch.ts'
import { fromFramework } from './framework-error.ts'
import type { HubAnswer } from './hub-request.ts'
import { binaryBody, isNativeRead, nativeContent, nativeHeaders } from './native-binary.ts'
import { errorAnswer } from './outcome.ts'
import { unknownPath } from './refusal.ts'
import {
  asJson,
  FixedBodies,
  json,
  Negotiator,
  type Representation,
  type Written,
  writeBody,
} from './representation.ts'
import { type BodyPlace, mediaTypeUnsupported, parseBody } from './request-body.ts'
import { parseTarget, type RequestTarget } from './request-target.ts'
import { SocketRequest } from './socket-request.ts'

export type HubPluginOptions = Omit<DispatchOptions, 'operations'> &
  Partial<Pick<DispatchOptions, 'operations'>> & {
    readonly context: HubContext
    /** Who asks, before the body is read. Throws AuthenticationError (401) to refuse. */
    readonly authenticate: (request: FastifyRequest) => Promise<Caller> | Caller
    /** What `.well-known/smart-configuration` tells; without it that address is unknown. */
    readonly smartConfiguration?: () => Promise<JsonObject> | JsonObject
    readonly cors?: CorsOptions
  }

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const smartPath = '.well-known/smart-configuration'
const requestIdForm = /^[A-Za-z0-9._:-]{1,64}$/

/** Who asks for what is open to all: it is not let any further. */
const nobody: Caller = { actor: 'anonymous', actorKind: 'system', access: () => 'none' }

/**
 * The hub on HTTP, below the prefix that it is registered with. One route takes everything, since the addresses of FHIR are
 * told apart by their types; bodies come as bytes and go as text that is written already.
 */
export const hubPlugin: FastifyPluginAsync<HubPluginOptions> = async (server, options) => {
  const { context } = options
  const { resourceBytesMax, bundleBytesMax } = context.limits
  const edge = new Edge(server.prefix, options)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  server.setErrorHandler((thrown, request, reply) => edge.sendError(request, reply, thrown))
  server.setNotFoundHandler((request, reply) => edge.sendError(request, reply, unknownPath()))
  server.addHook('onRequest', async (request, reply) => await edge.begin(request, reply))
  const route = (url: string, bodyLimit: number): void => {
    server.route({
      method: [...methods],
      url,
      bodyLimit,
      exposeHeadRoute: false,
      handler: async (request, reply) => await edge.answer(request, reply, bodyLimit),
    })
  }
  route('/', bundleBytesMax)
  route('/*', resourceBytesMax)
}

/** Between the HTTP server and the dispatcher. */
class Edge {
  readonly #prefixLength: number
  readonly #options: HubPluginOptions
  readonly #dispatch: ReturnType<typeof createDispatch>
  readonly #negotiator = new Negotiator()
  readonly #fixed: FixedBodies
  readonly #callers = new WeakMap<FastifyRequest, Caller>()

  constructor(prefix: string, options: HubPluginOptions) {
    this.#prefixLength = prefix.length
    this.#options = options
    this.#fixed = new FixedBodies(options.context)
    const { context, operations = hubOperations, conditionalDelete, security } = options
    this.#dispatch = createDispatch(context, {
      operations,
      ...(conditionalDelete === undefined ? {} : { conditionalDelete }),
      ...(security === undefined ? {} : { security: { ...security, cors: options.cors !== undefined } }),
    })
  }

  /** Before the body is read: what nobody may send is not taken in. */
  async begin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const given = request.headers['x-request-id']
    reply.header('x-request-id', typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID())
    reply.header('cache-control', 'no-store')
    reply.header('x-content-type-options', 'nosniff')
    const { cors, authenticate } = this.#options
    if (cors !== undefined && applyCors(cors, request, reply)) {
      await reply.code(204).send()
      return
    }
    if (this.#isOpen(request)) return
    this.#callers.set(request, await authenticate(request))
  }

  async answer(request: FastifyRequest, reply: FastifyReply, bytesMax: number): Promise<FastifyReply> {
    const target = parseTarget(this.#below(request))
    if (this.#options.smartConfiguration !== undefined && target.segments.join('/') === smartPath) {
      return await reply
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(await this.#options.smartConfiguration()))
    }
    const { accept } = request.headers
    const native = isNativeRead(target, request.method, accept)
    const body = this.#bodyOf(request, target, bytesMax)
    const said = body?.kind === 'form' ? [...target.query, ...body.pairs] : target.query
    const representation = native ? json : this.#negotiator.representation(said, accept)
    const caller = this.#callers.get(request) ?? nobody
    const answer = await this.#dispatch(new SocketRequest(request, reply.raw, { target, body, caller }))
    if (native && answer.status === 200) return this.#sendNative(reply, answer, accept ?? '')
    return this.#send(reply, answer, representation)
  }

  async sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): Promise<FastifyReply> {
    return this.#send(reply, errorAnswer(this.#options.context, fromFramework(thrown)), this.#wanted(request))
  }

  /** How an error is told: as it was asked for, or in JSON where just that cannot be made out. */
  #wanted(request: FastifyRequest): Representation {
    try {
      return this.#negotiator.representation(parseTarget(this.#below(request)).query, request.headers.accept)
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      return json
    }
  }

  #send(reply: FastifyReply, answer: HubAnswer, representation: Representation): FastifyReply {
    let written: Written | undefined
    let { status } = answer
    try {
      const { text, isFixed } = answer
      written =
        text !== undefined && isFixed === true
          ? this.#fixed.write(text, representation)
          : writeBody(this.#options.context, answer, representation)
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      status = thrown.status
      written = asJson(thrown)
    }
    reply.code(status)
    for (const name in answer.headers) reply.header(name, answer.headers[name])
    if (written === undefined) return reply.send()
    return reply.header('content-type', written.contentType).send(written.text)
  }

  /** A Binary as what it holds. @throws HubError 406 */
  #sendNative(reply: FastifyReply, answer: HubAnswer, accept: string): FastifyReply {
    const { contentType, bytes } = nativeContent(answer, accept)
    reply.headers({ ...answer.headers, ...nativeHeaders })
    return reply.header('content-type', contentType).send(bytes)
  }

  #bodyOf(request: FastifyRequest, target: RequestTarget, bytesMax: number): SocketRequest['body'] {
    const { body, method, headers } = request
    if (!(body instanceof Uint8Array)) return undefined
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity')
      throw mediaTypeUnsupported('a body is taken without Content-Encoding only')
    // A body that means nothing where it stands is passed over (RFC 9110 §9.3.5).
    if (method === 'DELETE' || method === 'OPTIONS') return undefined
    const contentType = headers['content-type']
    const securityContext = headers['x-security-context']?.toString()
    const binary = binaryBody(target, method, body, { contentType, securityContext })
    if (binary !== undefined) return binary
    const place = {
      form: method === 'POST' ? formPlace(target.segments.at(-1)) : 'refused',
      patch: method === 'PATCH',
    } as const
    return parseBody(this.#options.context, body, contentType, place, bytesMax)
  }

  #below({ url }: FastifyRequest): string {
    return url.slice(this.#prefixLength)
  }

  /** What everyone may read: what the server can do, and where tokens are had. */
  #isOpen(request: FastifyRequest): boolean {
    if (request.method === 'OPTIONS') return true
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const path = this.#below(request)
      .replace(/\?.*$/s, '')
      .replace(/^\/+|\/+$/g, '')
    return path === 'metadata' || (path === smartPath && this.#options.smartConfiguration !== undefined)
  }
}

function formPlace(last: string | undefined): BodyPlace['form'] {
  if (last === '_search') return 'expected'
  return last?.startsWith('$') === true ? 'allowed' : 'refused'
}
