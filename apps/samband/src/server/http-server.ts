import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { HubPluginOptions } from '@samband/hub'
import { addSecurityHeaders, type OperationsOptions, operationsPlugin } from '@samband/operations'
import fastify, { type FastifyInstance } from 'fastify'
import { configurationError } from '../cli/exit-codes.ts'
import type { HttpConfig } from '../config/config-types.ts'
import { addConsole } from './console-files.ts'
import { fhirPrefix } from './hub/fhir-prefix.ts'

export type HttpServer = {
  /** 'http://127.0.0.1:7600' */
  readonly url: string
  /** PEM, when it speaks TLS. */
  readonly certificate: string | undefined
  readonly stop: () => Promise<void>
}

export type HttpServerOptions = {
  readonly config: HttpConfig
  readonly operations: Omit<OperationsOptions, 'tls'>
  /** The FHIR server; undefined: there is none. */
  readonly fhir: HubPluginOptions | undefined
  /** The built console; without it only the API is there. */
  readonly consoleFolder: string | undefined
}

/** A request whose head or body does not arrive in this time is let go (slow senders hold a connection each). */
const requestTimeoutMs = 60_000
/** Parts of FHIR's addresses are ids of 64 characters, or searches in a compartment. */
const pathPartMax = 2_000

/** Whether browsers reach it over TLS. */
export function speaksTls(config: HttpConfig): boolean {
  return config.tls !== undefined || config.behindTlsProxy
}

/** Console, API and the FHIR server on one port. @throws CliError with the setting to change: port taken, address not ours, certificate */
export async function startHttpServer({
  config,
  operations,
  fhir,
  consoleFolder,
}: HttpServerOptions): Promise<HttpServer> {
  const tls = speaksTls(config)
  const pair = config.tls === undefined ? undefined : await certificate(config.tls)
  const server = fastify({
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: pathPartMax },
    trustProxy: config.behindTlsProxy ? 'loopback, linklocal, uniquelocal' : false,
    ...(pair === undefined ? {} : { https: pair }),
  }) as FastifyInstance
  addSecurityHeaders(server, { tls })
  await server.register(operationsPlugin, { ...operations, tls })
  if (fhir !== undefined) {
    const { hubPlugin } = await import('@samband/hub')
    await server.register(hubPlugin, { ...fhir, prefix: fhirPrefix })
  }
  await addConsole(server, consoleFolder, operations)
  try {
    await server.listen({ host: config.host, port: config.port })
  } catch (cause) {
    await server.close()
    throw listenError(cause, config)
  }
  return {
    url: addressOf(server, config),
    certificate: pair?.cert.toString('utf8'),
    stop: async () => await server.close(),
  }
}

function addressOf(server: FastifyInstance, { host, tls }: HttpConfig): string {
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const bracketed = shown.includes(':') ? `[${shown}]` : shown
  return `${tls === undefined ? 'http' : 'https'}://${bracketed}:${port}`
}

async function certificate(tls: NonNullable<HttpConfig['tls']>): Promise<{ cert: Buffer; key: Buffer }> {
  const read = async (file: string, setting: string): Promise<Buffer> => {
    try {
      return await readFile(file)
    } catch (cause) {
      throw configurationError(`http.tls.${setting}: ${file} cannot be read`, [], cause)
    }
  }
  const pair = { cert: await read(tls.certFile, 'certFile'), key: await read(tls.keyFile, 'keyFile') }
  try {
    createSecureContext(pair)
  } catch (cause) {
    throw configurationError('http.tls: certFile and keyFile do not make a usable pair (PEM expected)', [], cause)
  }
  return pair
}

function listenError(cause: unknown, { host, port }: HttpConfig): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  const texts: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is taken by another program: stop it, or set SAMBAND_HTTP_PORT (http.port) to another`,
    EACCES: `port ${port} needs more rights than this user has: set SAMBAND_HTTP_PORT (http.port) to one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine: correct SAMBAND_HTTP_HOST (http.host)`,
    ENOTFOUND: `${host} is not known: correct SAMBAND_HTTP_HOST (http.host)`,
  }
  return configurationError(
    texts[code] ?? `cannot listen on ${host}:${port} (${code}): correct http.host and http.port`,
    [],
    cause,
  )
}
