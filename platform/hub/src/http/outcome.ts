import { randomUUID } from 'node:crypto'
import { categoryTable, SambandError } from '@samband/errors'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { HubAnswer } from './hub-request.ts'
import { Refusal } from './refusal.ts'

/** Issues as a client is told them (FHIR R4 operationoutcome.html). */
export function outcomeOf(issues: readonly HubIssue[]): JsonObject {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, type, code, text, expression }) => ({
      severity,
      code: type,
      details: { coding: [{ code }], text },
      ...(expression === undefined || expression === '' ? {} : { expression: [expression] }),
    })),
  }
}

/**
 * What was thrown as an answer. The text of an error that is not ours never leaves, nor is it logged: it may quote data. The
 * client gets a reference by which its place in the code is found in the log.
 */
export function errorAnswer(context: Pick<HubContext, 'log' | 'limits'>, thrown: unknown): HubAnswer {
  const error = knownError(thrown)
  if (error === undefined) return unexpected(context, thrown)
  const { issuesMax } = context.limits
  const issues =
    error.issues.length <= issuesMax
      ? error.issues
      : [
          ...error.issues.slice(0, issuesMax),
          {
            severity: 'information' as const,
            type: 'informational',
            code: 'issues-too-many',
            text: `${error.issues.length - issuesMax} more issues are not listed`,
          },
        ]
  const headers = error instanceof Refusal ? error.headers : {}
  const { retry } = categoryTable[error.category]
  return {
    status: error.status,
    headers: retry ? { 'retry-after': '1', ...headers } : headers,
    resource: outcomeOf(issues),
    resources: [],
  }
}

function knownError(thrown: unknown): HubError | undefined {
  if (thrown instanceof HubError) return thrown
  if (!(thrown instanceof SambandError) || thrown.category === 'fault') return undefined
  const { code, category, message, cause } = thrown
  return new HubError({ code, category, message, cause })
}

function unexpected({ log }: Pick<HubContext, 'log'>, thrown: unknown): HubAnswer {
  const reference = randomUUID()
  log.error('hub-fault', { reference, ...placeOf(thrown) })
  const issue: HubIssue = {
    severity: 'fatal',
    type: 'exception',
    code: 'fault',
    text: `something went wrong on our side; whoever runs this server finds it as ${reference}`,
  }
  return { status: 500, headers: {}, resource: outcomeOf([issue]), resources: [] }
}

const framesMax = 12

/** Name, code and frames of an error and of what caused it; never its message. */
function placeOf(thrown: unknown): Readonly<Record<string, string>> {
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  const code = thrown instanceof SambandError ? thrown.code : 'code' in thrown ? String(thrown.code) : ''
  const frames = (thrown.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .slice(0, framesMax)
    .map(line => line.trim())
    .join(' | ')
  const cause = thrown.cause instanceof Error ? placeOf(thrown.cause) : undefined
  return {
    error: thrown.name,
    code,
    frames,
    ...(cause === undefined ? {} : { cause: `${cause['error']} ${cause['code']} ${cause['frames']}` }),
  }
}
