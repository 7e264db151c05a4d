import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { SambandError } from '@samband/errors'
import { z } from 'zod'
import { readConfiguredFile, readSecret, type SecretSource, secretSourceField } from './secret.ts'

/** TLS of a listener. Naming `caFile` makes it mutual: a client without a certificate of that authority is refused. */
export type ListenerTls = {
  readonly certFile: string
  readonly keyFile: string
  readonly passphrase?: SecretSource | undefined
  readonly caFile?: string | undefined
  readonly minVersion: TlsVersion
}

/** TLS of a client. `certFile` and `keyFile` are its own certificate, for receivers that ask for one. */
export type ClientTls = {
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly passphrase?: SecretSource | undefined
  readonly servername?: string | undefined
  readonly insecure: boolean
  readonly minVersion: TlsVersion
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

const file = z.string().min(1)
const minVersion = z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest TLS version that is accepted.')
const passphrase = secretSourceField.optional().describe('Passphrase of the key file.')

export const listenerTlsField: z.ZodType<ListenerTls> = z.strictObject({
  certFile: file.describe('Certificate chain (PEM) that the listener shows.'),
  keyFile: file.describe('Private key (PEM) of that certificate.'),
  passphrase,
  caFile: file.optional().describe('Authority (PEM) of the client certificates; present means mutual TLS is required.'),
  minVersion,
})

export const clientTlsField: z.ZodType<ClientTls> = z
  .strictObject({
    caFile: file.optional().describe('Authority (PEM) of the receiver; without it the public authorities are trusted.'),
    certFile: file.optional().describe('Own certificate (PEM), for mutual TLS.'),
    keyFile: file.optional().describe('Private key (PEM) of the own certificate.'),
    passphrase,
    servername: z.string().min(1).optional().describe('Name expected in the certificate, where it is not the host.'),
    insecure: z
      .boolean()
      .default(false)
      .describe('Accepts any certificate. Never outside a test bench: anyone in between can read and answer.'),
    minVersion,
  })
  .refine(tls => (tls.certFile === undefined) === (tls.keyFile === undefined), {
    message: 'certFile and keyFile belong together',
  })

/** Reads certificate and key of a listener. Throws `incorrect` when a file is missing or the pair does not fit. */
export async function loadListenerTls(tls: ListenerTls): Promise<SecureContextOptions & { requestCert: boolean }> {
  const options = await loadPair(tls, 'tls')
  const loaded = { ...options, minVersion: tls.minVersion, requestCert: tls.caFile !== undefined }
  assertUsable(loaded)
  return loaded
}

export async function loadClientTls(tls: ClientTls): Promise<SecureContextOptions> {
  const loaded = { ...(await loadPair(tls, 'tls')), minVersion: tls.minVersion }
  assertUsable(loaded)
  return loaded
}

type PairFiles = Pick<ClientTls, 'certFile' | 'keyFile' | 'caFile' | 'passphrase'>

async function loadPair(tls: PairFiles, setting: string): Promise<SecureContextOptions> {
  const [cert, key, ca, passphraseText] = await Promise.all([
    tls.certFile === undefined ? undefined : readConfiguredFile(tls.certFile, `${setting}.certFile`),
    tls.keyFile === undefined ? undefined : readConfiguredFile(tls.keyFile, `${setting}.keyFile`),
    tls.caFile === undefined ? undefined : readConfiguredFile(tls.caFile, `${setting}.caFile`),
    tls.passphrase === undefined ? undefined : readSecret(tls.passphrase, `${setting}.passphrase`),
  ])
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(passphraseText === undefined ? {} : { passphrase: passphraseText }),
  }
}

/** Fails at start-up rather than at the first handshake. */
function assertUsable(options: SecureContextOptions): void {
  try {
    createSecureContext(options)
  } catch (cause) {
    throw new SambandError({
      code: 'tls-unusable',
      category: 'incorrect',
      message: 'tls: the certificate and key files do not make a usable pair (PEM expected)',
      cause,
    })
  }
}
