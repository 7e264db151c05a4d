import { join, resolve } from 'node:path'
import { createOperationsClient, type OperationsClient } from '@samband/operations/client'
import { isForbidden, readServerFile } from '../server/data-folder.ts'
import { CliError, exitCodes } from './exit-codes.ts'
import { pinnedFetch } from './pinned-fetch.ts'

export type ConnectionOptions = {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly data?: string | undefined
}

/**
 * The server to talk to: the one that is named (`--url` and `--token`, or SAMBAND_URL and SAMBAND_TOKEN), else the one
 * that runs on this machine on the data folder (`--data`, SAMBAND_DATA, or .samband here).
 *
 * @throws CliError `server-not-found`, `token-missing`
 */
export async function connect(
  options: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<OperationsClient> {
  const url = options.url ?? set(env['SAMBAND_URL'])
  const token = options.token ?? set(env['SAMBAND_TOKEN'])
  const data = resolve(options.data ?? set(env['SAMBAND_DATA']) ?? '.samband')
  const local = url === undefined || token === undefined ? await readServerFile(data) : undefined
  if (url !== undefined) {
    const own = token ?? (local?.url === url.replace(/\/+$/, '') ? local.token : undefined)
    if (own === undefined) throw tokenMissing(url)
    return createOperationsClient({ url, token: own })
  }
  if (local === undefined) throw await notFound(data)
  const { certificate } = local
  return createOperationsClient({
    url: local.url,
    token: token ?? local.token,
    ...(certificate === undefined ? {} : { fetch: pinnedFetch(certificate) }),
  })
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function tokenMissing(url: string): CliError {
  return new CliError({
    code: 'token-missing',
    exitCode: exitCodes.forbidden,
    message: `${url} needs a token: set SAMBAND_TOKEN (samband token create makes one)`,
  })
}

async function notFound(data: string): Promise<CliError> {
  if (await isForbidden(data)) {
    return new CliError({
      code: 'server-file-forbidden',
      exitCode: exitCodes.forbidden,
      message: `${join(data, 'server.json')} belongs to another user: run this as that user, or set SAMBAND_URL and SAMBAND_TOKEN`,
    })
  }
  return new CliError({
    code: 'server-not-found',
    exitCode: exitCodes.unreachable,
    message: `no Samband runs on ${data}: start it, or set SAMBAND_DATA, or SAMBAND_URL and SAMBAND_TOKEN`,
  })
}
