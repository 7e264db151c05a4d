import { type Category, SambandError } from '@samband/errors'

/** What a SQLSTATE (or its two-character class) means to the platform. PostgreSQL manual, appendix A. */
const categoryOfSqlState: Readonly<Record<string, Category>> = {
  '08': 'unavailable',
  '25006': 'unavailable',
  '22': 'incorrect',
  '23': 'conflict',
  '28': 'forbidden',
  '40': 'busy',
  '42501': 'forbidden',
  '53': 'busy',
  '55P03': 'busy',
  '57014': 'busy',
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '57P05': 'unavailable',
}

/** What an operator has to know of these without looking them up. */
const plainWords: Readonly<Record<string, string>> = {
  '25006': 'it is read-only: a standby, or set so',
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has no connections left',
  '57P01': 'it is being shut down',
  '57P02': 'one of its processes crashed',
  '57P03': 'it is starting up',
}

const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** The texts that `pg` gives to a lost connection; it sets no code on these. */
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout expired|timeout exceeded)/

/** The SQLSTATE or the system error code of anything thrown by `pg`, if it has one. */
export function databaseErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/**
 * A failure of a statement as a SambandError. The server's text quotes the values that it failed on, so only the
 * SQLSTATE goes into the message; the server's own error stays as the cause.
 */
export function toDatabaseError(thrown: unknown, doing: string): SambandError {
  if (thrown instanceof SambandError) return thrown
  const code = databaseErrorCode(thrown)
  const words = plainWords[code ?? '']
  const reason = code === undefined ? '' : ` (${code}${words === undefined ? '' : `: ${words}`})`
  return new SambandError({
    code: `database-${code === undefined ? 'failure' : code.toLowerCase()}`,
    category: categoryOf(thrown, code),
    message: `the database failed while ${doing}${reason}`,
    cause: thrown,
  })
}

function categoryOf(thrown: unknown, code: string | undefined): Category {
  if (code === undefined) {
    return thrown instanceof Error && lostConnection.test(thrown.message) ? 'unavailable' : 'fault'
  }
  if (unreachable.has(code)) return 'unavailable'
  return categoryOfSqlState[code] ?? categoryOfSqlState[code.slice(0, 2)] ?? 'fault'
}
