import { type Category, categoryTable, SambandError, toSambandError } from '@samband/errors'
import type { ErrorBody } from '../contract.ts'
import type { SchemaIssue } from '../schema-issues.ts'

/** An error answer that the category table alone does not describe: another status, a list of issues, headers. */
export class HttpError extends SambandError {
  readonly status: number
  readonly issues: readonly SchemaIssue[]
  readonly headers: Readonly<Record<string, string>>

  constructor(init: {
    readonly status: number
    readonly code: string
    readonly category: Category
    readonly message: string
    readonly issues?: readonly SchemaIssue[]
    readonly headers?: Readonly<Record<string, string>>
  }) {
    super(init)
    this.status = init.status
    this.issues = init.issues ?? []
    this.headers = init.headers ?? {}
  }
}

export type ErrorAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorBody
  readonly error: SambandError
}

/** The one place where something thrown becomes an answer. The text of a foreign error never leaves (it may quote data). */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  const error = httpErrorOfFramework(thrown) ?? toSambandError(thrown)
  const known = error instanceof HttpError ? error : undefined
  const issues = known?.issues ?? []
  return {
    status: known?.status ?? categoryTable[error.category].httpStatus,
    headers: known?.headers ?? {},
    error,
    body: {
      error: {
        code: error.code,
        category: error.category,
        message: error.message,
        ...(issues.length === 0 ? {} : { issues }),
      },
    },
  }
}

export function invalidRequest(where: 'path' | 'body' | 'query', issues: readonly SchemaIssue[]): HttpError {
  const first = issues[0]
  const text = first === undefined ? 'invalid' : `${first.path === undefined ? '' : `${first.path}: `}${first.text}`
  return new HttpError({
    status: 400,
    code: `request-${where}-invalid`,
    category: 'incorrect',
    message: issues.length > 1 ? `${text} (and ${issues.length - 1} more)` : text,
    issues,
  })
}

export function notFound(what: string): SambandError {
  return new SambandError({ code: 'not-found', category: 'not-found', message: `there is no such ${what}` })
}

export function unknownPath(): HttpError {
  return new HttpError({
    status: 404,
    code: 'path-unknown',
    category: 'not-found',
    message: 'there is nothing at this address with this method; /api/v1/openapi.json lists what there is',
  })
}

/** Fastify's own refusals, by their stable codes (fastify docs, Reference/Errors). */
const framework: Readonly<Record<string, { status: number; code: string; category: Category; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'request-too-large',
    category: 'incorrect',
    message: 'the request is larger than this endpoint takes',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'media-type-unsupported',
    category: 'unsupported',
    message: 'send JSON, with content-type: application/json',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: 'json-invalid',
    category: 'incorrect',
    message: 'the request is not valid JSON',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: 'json-empty',
    category: 'incorrect',
    message: 'the request says it is JSON, but it is empty',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'content-length-wrong',
    category: 'incorrect',
    message: 'the request is not as long as its content-length says',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'url-invalid', category: 'incorrect', message: 'the address cannot be read' },
  FST_ERR_MAX_PARAM_LENGTH: {
    status: 414,
    code: 'url-too-long',
    category: 'incorrect',
    message: 'a part of the address is too long',
  },
}

function httpErrorOfFramework(thrown: unknown): HttpError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof SambandError) return undefined
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  const facts = framework[code]
  if (facts !== undefined) return new HttpError(facts)
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500
  if (thrown instanceof SyntaxError && status === 400) {
    return new HttpError({
      status,
      code: 'json-invalid',
      category: 'incorrect',
      message: 'the request is not valid JSON',
    })
  }
  if (status < 400 || status >= 500) return undefined
  return new HttpError({
    status,
    code: 'request-refused',
    category: 'incorrect',
    message: 'the request cannot be understood',
  })
}
