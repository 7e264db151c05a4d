import { readFile } from 'node:fs/promises'
import { request as requestHttp, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type Category, SambandError } from '@samband/errors'
import { type Duration, durationMs } from '@samband/route'
import { baseProviders } from './base-providers.ts'
import type { SecretContext, SecretProvider } from './secret-provider.ts'
import { type SecretReference, secret } from './secret-reference.ts'

export type HashicorpVaultOptions = {
  /** 'https://vault.example:8200'. Plain http only towards this very machine. */
  readonly url: string
  /** From the environment or a file, read anew each time (an agent may renew it). Default: VAULT_TOKEN. */
  readonly token?: SecretReference | undefined
  /** Where the KV version 2 engine is mounted. Default: 'secret'. */
  readonly mount?: string | undefined
  readonly namespace?: string | undefined
  /** Authority (PEM) of the vault's certificate; without it the public authorities are trusted. */
  readonly caFile?: string | undefined
  /** Longest time for one answer. Default: '5s'. */
  readonly timeout?: Duration | undefined
}

const timeoutDefault: Duration = '5s'
const answerBytesMax = 1024 * 1024

/**
 * Secrets from a HashiCorp Vault, an OpenBao or whatever else speaks its HTTP API, from a KV engine of version 2. The reference is
 * 'path#key': the key of the newest version of the secret at that path.
 *
 * Source: "KV secrets engine, version 2 (API)", read secret version; "HTTP API", status codes and headers.
 */
export function hashicorpVault(options: HashicorpVaultOptions): SecretProvider {
  const { mount = 'secret', token = secret.env('VAULT_TOKEN') } = options
  const url = baseUrl(options.url)
  const timeoutMs = durationMs(options.timeout ?? timeoutDefault)
  if (token.provider !== 'env' && token.provider !== 'file') {
    throw wrong('vault-token-source', "the vault's own token comes from secret.env(...) or secret.file(...)")
  }
  const tokenSource = baseProviders[token.provider]
  // Several keys of one path, asked for at once, are one request.
  const underWay = new Map<string, Promise<Readonly<Record<string, unknown>>>>()

  const readPath = async (path: string, context: SecretContext): Promise<Readonly<Record<string, unknown>>> => {
    const ask: Ask = {
      url: new URL(`v1/${encodePath(mount)}/data/${encodePath(path)}`, url),
      headers: {
        accept: 'application/json',
        'x-vault-request': 'true',
        'x-vault-token': await tokenSource.read(token.reference, context),
        ...(options.namespace === undefined ? {} : { 'x-vault-namespace': options.namespace }),
      },
      ca: options.caFile === undefined ? undefined : await authority(options.caFile),
      timeoutMs,
    }
    return secretOf(await answerTo(ask), path, mount)
  }

  return {
    description: `HashiCorp Vault at ${url.origin}`,
    read: async (reference, context) => {
      const { path, key } = parseReference(reference)
      const pending = underWay.get(path) ?? readPath(path, context).finally(() => underWay.delete(path))
      underWay.set(path, pending)
      const value = (await pending)[key]
      if (typeof value === 'string' && value !== '') return value
      const there = value === undefined ? 'has no' : 'has no text under the'
      throw wrong('secret-missing', `the vault's secret ${path} ${there} key ${key}`)
    },
  }
}

function parseReference(reference: string): { readonly path: string; readonly key: string } {
  const at = reference.lastIndexOf('#')
  const path = reference.slice(0, Math.max(at, 0))
  const key = reference.slice(at + 1)
  const steps = path.split('/')
  if (at === -1 || key === '' || steps.some(step => step === '' || step === '.' || step === '..')) {
    throw wrong('secret-reference', `'${reference}' must be a path and a key, as 'lis/mllp#passphrase'`)
  }
  return { path, key }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

function baseUrl(text: string): URL {
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw wrong('vault-url', `the vault's url '${text}' must be an https address`)
  }
  if (url.protocol === 'http:' && !loopback.has(url.hostname)) {
    throw wrong('vault-url', `the vault's url ${url.origin} must be https: the token would travel in the clear`)
  }
  return url
}

async function authority(file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    throw wrong('vault-ca', `cannot read the vault's caFile ${file}`, cause)
  })
}

type Ask = {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly ca: Buffer | undefined
  readonly timeoutMs: number
}

type Answer = { readonly status: number; readonly body: unknown }

async function answerTo({ url, headers, ca, timeoutMs }: Ask): Promise<Answer> {
  const options: RequestOptions & { ca?: Buffer } = {
    headers,
    // For the whole exchange: a vault that accepts and says nothing must not keep the server from starting.
    signal: AbortSignal.timeout(timeoutMs),
    ...(ca === undefined ? {} : { ca }),
  }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const request = send(url, options, response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax) response.destroy(new Error('too large an answer'))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: jsonOf(chunks) }))
    })
    request.once('error', reject)
    request.end()
    return await promise
  } catch (cause) {
    const timedOut = cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError')
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (/CERT|SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code)) {
      throw wrong(
        'vault-certificate',
        `the certificate of the vault at ${url.origin} is not trusted (${code}): caFile`,
        cause,
      )
    }
    const reason = timedOut ? `no answer within ${timeoutMs} ms` : code
    throw new SambandError({
      code: 'vault-unreachable',
      category: 'unavailable',
      message: `the vault at ${url.origin} cannot be reached (${reason})`,
      cause,
    })
  }
}

function jsonOf(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    // A proxy's page, say: the status tells enough.
    return undefined
  }
}

/** The keys of a secret. A version that was deleted or destroyed is answered with 404 and metadata. */
function secretOf({ status, body }: Answer, path: string, mount: string): Readonly<Record<string, unknown>> {
  const outer = fieldOf(body, 'data')
  const inner = fieldOf(outer, 'data')
  if (status === 200 && isRecord(inner)) return inner
  if (status === 200) {
    throw wrong('vault-answer', `the vault answers no KV version 2 secret at ${mount}/${path}: is the mount right?`)
  }
  if (status === 404 && fieldOf(outer, 'metadata') !== undefined) {
    throw wrong('secret-missing', `the newest version of the vault's secret ${mount}/${path} is deleted`)
  }
  throw refusal(status, `${mount}/${path}`)
}

/** The vault's own error texts are left out: they may name policies and tokens. */
function refusal(status: number, where: string): SambandError {
  const [category, text]: readonly [Category, string] =
    status === 403
      ? ['forbidden', `refuses the token for ${where}: it is expired, or its policy lacks read there`]
      : status === 404
        ? ['incorrect', `has no secret at ${where}, or does not show it to this token`]
        : status === 503
          ? ['unavailable', 'is sealed or down for maintenance']
          : status >= 300 && status < 400
            ? ['incorrect', 'points elsewhere: name the active node in its url']
            : status === 412 || status === 429 || status === 472 || status === 473 || status >= 500
              ? ['unavailable', `is not ready (status ${status})`]
              : ['incorrect', `answers with status ${status} for ${where}`]
  return new SambandError({ code: 'vault-refused', category, message: `the vault ${text}` })
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(code: string, message: string, cause?: unknown): SambandError {
  return new SambandError({ code, category: 'incorrect', message, cause })
}
