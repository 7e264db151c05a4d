import { HubError } from '../hub-error.ts'

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
