import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { HubError } from '../hub-error.ts'
import { asJson } from './representation.ts'

type Facts = { readonly status: number; readonly code: string; readonly message: string }

/** Fastify's own refusals, by their stable codes (fastify docs, Reference/Errors). */
const framework: Readonly<Record<string, Facts>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'input-too-large',
    message: 'the body is larger than this address takes',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'media-type-unsupported',
    message: 'the header Content-Type cannot be read',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'content-length-wrong',
    message: 'the body is not as long as its Content-Length says',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'encoding-invalid', message: 'the address cannot be read' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'address-too-long', message: 'a part of the address is too long' },
}

/** What the HTTP server itself refused, in our words; anything else as it came. */
export function fromFramework(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof HubError) return thrown
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  const facts = framework[code] ?? refusedOtherwise(thrown)
  return facts === undefined
    ? thrown
    : new HubError({
        ...facts,
        category: 'incorrect',
        issues: [{ severity: 'error', type: issueType(facts.status), code: facts.code, text: facts.message }],
      })
}

function issueType(status: number): string {
  if (status === 413 || status === 414) return 'too-long'
  return status === 415 ? 'not-supported' : 'invalid'
}

function refusedOtherwise(thrown: Error): Facts | undefined {
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500
  if (status < 400 || status >= 500) return undefined
  return { status, code: 'request-refused', message: 'the request cannot be understood' }
}

/**
 * For `frameworkErrors` of the server that the hub is registered with: what is refused before any route is found (an address
 * that cannot be decoded) is told in FHIR's words, and without the address.
 */
export function answerFrameworkError(thrown: Error, reply: FastifyReply): void {
  const error = fromFramework(thrown)
  const known =
    error instanceof HubError
      ? error
      : new HubError({ code: 'fault', category: 'fault', message: 'the request could not be taken' })
  const { contentType, text } = asJson(known)
  void reply.code(known.status).header('content-type', contentType).send(text)
}

const parserRefusals: Readonly<Record<string, Facts>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers-too-large', message: 'the head of the request is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request-timeout', message: 'the request did not arrive in time' },
}
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** For `clientErrorHandler` of the server: what is no HTTP gets an OperationOutcome too, as far as the socket still takes one. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error)
    return
  }
  const { status, code, message } = parserRefusals[error.code ?? ''] ?? {
    status: 400,
    code: 'http-invalid',
    message: 'the request is no HTTP',
  }
  const { contentType, text } = asJson(new HubError({ status, code, category: 'incorrect', message }))
  const head = `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n`
  socket.end(head + text)
}
