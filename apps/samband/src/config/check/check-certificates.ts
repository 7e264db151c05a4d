import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Deployment } from '../examine-config.ts'
import type { ReadSecret } from '../secrets/resolve-secrets.ts'
import { isPlainObject, type Settings } from '../setting-path.ts'
import { checkMode } from './check-secrets.ts'
import type { Finding } from './finding.ts'

export type CertificateCheck = {
  readonly deployment: Deployment
  readonly read: ReadSecret
  readonly now: Date
}

/** Long enough to get another one before it is too late. */
export const expiresSoonDays = 30
const dayMs = 86_400_000

/** Certificates of all TLS settings: readable, in date for a while, and fitting their keys. */
export async function checkCertificates({ deployment, read, now }: CertificateCheck): Promise<readonly Finding[]> {
  const places: (readonly [string, Settings])[] = []
  if (deployment.http.tls !== undefined) places.push(['http.tls', { ...deployment.http.tls }])
  for (const [name, { tls }] of Object.entries(deployment.endpoints)) {
    if (isPlainObject(tls)) places.push([`endpoints.${name}.tls`, tls])
  }
  const found = await Promise.all(
    places.map(
      async ([path, tls]) => await checkTls({ path, tls, now, passphrase: passphraseOf(path, deployment, read) }),
    ),
  )
  return found.flat()
}

type Passphrase = () => Promise<string | undefined>

function passphraseOf(path: string, { secretUses, endpoints }: Deployment, read: ReadSecret): Passphrase {
  const use = secretUses.find(one => one.path.join('.') === `${path}.passphrase`)
  if (use === undefined) return () => Promise.resolve(undefined)
  if (use.reference !== undefined) {
    const { reference } = use
    return async () => await read(reference)
  }
  const tls = endpoints[use.path[1] ?? '']?.['tls']
  const value = isPlainObject(tls) && isPlainObject(tls['passphrase']) ? tls['passphrase']['value'] : undefined
  return () => Promise.resolve(typeof value === 'string' ? value : undefined)
}

type TlsPlace = {
  readonly path: string
  readonly tls: Settings
  readonly now: Date
  readonly passphrase: Passphrase
}

async function checkTls({ path, tls, now, passphrase }: TlsPlace): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const pem = async (key: 'certFile' | 'keyFile' | 'caFile'): Promise<Buffer | undefined> => {
    const file = tls[key]
    if (typeof file !== 'string') return undefined
    try {
      return await readFile(file)
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
      findings.push(problem('tls-file-unreadable', `${path}.${key}`, `cannot read ${file} (${reason})`))
      return undefined
    }
  }
  const [cert, key, ca] = await Promise.all([pem('certFile'), pem('keyFile'), pem('caFile')])
  if (cert !== undefined) findings.push(...checkDates(cert, `${path}.certFile`, now))
  if (ca !== undefined) findings.push(...checkDates(ca, `${path}.caFile`, now))
  if (typeof tls['keyFile'] === 'string') findings.push(...(await checkMode(tls['keyFile'], `${path}.keyFile`)))
  if (cert !== undefined && key !== undefined) findings.push(...(await checkPair({ path, cert, key, passphrase })))
  if (tls['insecure'] === true) {
    findings.push({
      kind: 'note',
      code: 'tls-insecure',
      path,
      text: 'any certificate is accepted: never in production',
    })
  }
  return findings
}

const certificateBlock = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

function checkDates(pem: Buffer, path: string, now: Date): readonly Finding[] {
  const blocks = pem.toString('latin1').match(certificateBlock) ?? []
  if (blocks.length === 0) return [problem('certificate-invalid', path, 'holds no certificate (PEM expected)')]
  return blocks.flatMap(block => {
    let certificate: X509Certificate
    try {
      certificate = new X509Certificate(block)
    } catch {
      return [problem('certificate-invalid', path, 'holds a certificate that cannot be read')]
    }
    const { validFromDate, validToDate, subject } = certificate
    const who = subject.split('\n').findLast(part => part.startsWith('CN=')) ?? subject.replaceAll('\n', ', ')
    const day = (date: Date): string => date.toISOString().slice(0, 10)
    const daysLeft = Math.floor((validToDate.getTime() - now.getTime()) / dayMs)
    if (validToDate < now) {
      return [problem('certificate-expired', path, `the certificate of ${who} expired on ${day(validToDate)}`)]
    }
    if (validFromDate > now) {
      return [problem('certificate-early', path, `the certificate of ${who} is not valid before ${day(validFromDate)}`)]
    }
    if (daysLeft >= expiresSoonDays) return []
    const text = `the certificate of ${who} expires on ${day(validToDate)}, in ${daysLeft} days: renew it`
    return [{ kind: 'note' as const, code: 'certificate-expires-soon', path, text }]
  })
}

type Pair = { readonly path: string; readonly cert: Buffer; readonly key: Buffer; readonly passphrase: Passphrase }

async function checkPair({ path, cert, key, passphrase }: Pair): Promise<readonly Finding[]> {
  let text: string | undefined
  try {
    text = await passphrase()
  } catch {
    // The secret's own check tells that it cannot be read.
    return []
  }
  try {
    createSecureContext({ cert, key, ...(text === undefined ? {} : { passphrase: text }) })
    return []
  } catch {
    const hint = key.includes('ENCRYPTED') ? ', or the passphrase is wrong or missing' : ''
    return [problem('tls-unusable', path, `certFile and keyFile do not make a usable pair${hint} (PEM expected)`)]
  }
}

function problem(code: string, path: string, text: string): Finding {
  return { kind: 'problem', code, path, text }
}
