import { SambandError } from '@samband/errors'
import { CliError, configurationError } from './exit-codes.ts'

/**
 * What keeps a server from starting is for whoever configures it to mend, with few exceptions: a database that is away
 * may come back, and what already runs on the folder is no mistake of the configuration.
 */
export function startError(thrown: unknown): unknown {
  if (!(thrown instanceof SambandError) || thrown instanceof CliError) return thrown
  const { code, category, message } = thrown
  const mendable = code === 'listen-failed' || code === 'master-key-wrong' || category === 'unsupported'
  const configured = category === 'incorrect' || category === 'forbidden' || category === 'not-found'
  return mendable || configured ? configurationError(message, [], thrown) : thrown
}
