import { type Category, SambandError, toSambandError } from '@samband/errors'

/** What the process answers its caller. Scripts may rely on these numbers: they do not change. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  configuration: 3,
  unreachable: 4,
  partial: 5,
  forbidden: 6,
  notFound: 7,
  conflict: 8,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'failed: the text says what',
  2: 'wrong usage: an unknown command or option, or a value that cannot be',
  3: 'configuration: a setting must change before it can start (file, environment, port taken, folder not writable)',
  4: 'unreachable: the server, the receiver or the database does not answer',
  5: 'done in part: some messages were not accepted',
  6: 'not allowed: no login, no token, or a permission is missing',
  7: 'not found: no such message, route, token, file ...',
  8: 'conflict: already running, or changed meanwhile (the count to confirm is no longer right)',
  130: 'interrupted (Ctrl-C) before it was done',
}

const ofCategory: Readonly<Record<Category, ExitCode>> = {
  incorrect: exitCodes.usage,
  'not-found': exitCodes.notFound,
  conflict: exitCodes.conflict,
  forbidden: exitCodes.forbidden,
  unsupported: exitCodes.failure,
  busy: exitCodes.unreachable,
  unavailable: exitCodes.unreachable,
  fault: exitCodes.failure,
}

/** A failure whose exit code the category alone does not tell: several lines, or a configuration. */
export class CliError extends SambandError {
  readonly exitCode: ExitCode
  /** Further lines, one problem each. */
  readonly details: readonly string[]

  constructor(init: {
    readonly code: string
    readonly exitCode: ExitCode
    readonly message: string
    readonly details?: readonly string[]
    readonly cause?: unknown
  }) {
    super({ code: init.code, category: 'incorrect', message: init.message, cause: init.cause })
    this.exitCode = init.exitCode
    this.details = init.details ?? []
  }
}

export function usageError(message: string): CliError {
  return new CliError({ code: 'usage', exitCode: exitCodes.usage, message })
}

export function configurationError(message: string, details: readonly string[] = [], cause?: unknown): CliError {
  return new CliError({ code: 'configuration', exitCode: exitCodes.configuration, message, details, cause })
}

export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof CliError) return thrown.exitCode
  return ofCategory[toSambandError(thrown).category]
}
