import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SambandError } from '@samband/errors'

/**
 * The one secret that everything at rest hangs on. The key itself never leaves this object; each use derives its own
 * key with HKDF-SHA-256 (RFC 5869).
 */
export interface MasterKey {
  /** First 8 bytes of a derived value, as hex: tells two master keys apart without revealing either. */
  readonly fingerprint: string
  /** 'environment', or the path of the file. */
  readonly source: string
  /** 32 bytes for one purpose and tenant. */
  derive(purpose: string, tenant: number): Buffer
}

export type MasterKeyOptions = {
  /** Created with mode 0600 when missing. */
  readonly file?: string
  /** Where SAMBAND_MASTER_KEY (base64 of 32 bytes) is looked up first. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export const masterKeyBytes = 32
const variable = 'SAMBAND_MASTER_KEY'

/**
 * From the environment, else from the key file, which is created on the first start. Whoever loses the key loses the
 * content of every stored message: back the file up, apart from the database.
 *
 * @throws SambandError `master-key-missing`, `master-key-invalid`, `master-key-exposed`, `master-key-unreadable`
 */
export async function loadMasterKey({ file, env = process.env }: MasterKeyOptions): Promise<MasterKey> {
  const text = env[variable]
  if (text !== undefined && text !== '') return createMasterKey(parseKey(text, variable), 'environment')
  if (file === undefined) {
    throw new SambandError({
      code: 'master-key-missing',
      category: 'incorrect',
      message: `no master key: set ${variable} (base64 of ${masterKeyBytes} bytes) or a key file`,
    })
  }
  return createMasterKey((await readKeyFile(file)) ?? (await createKeyFile(file)), file)
}

/** From the 32 bytes themselves, for tests and for keys that come from a vault. */
export function createMasterKey(bytes: Uint8Array, source: string): MasterKey {
  const key = Buffer.from(bytes)
  const derive = (purpose: string, tenant: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `samband/${purpose}/${tenant}`, 32))
  return Object.freeze({ fingerprint: derive('fingerprint', 0).toString('hex', 0, 8), source, derive })
}

async function readKeyFile(file: string): Promise<Buffer | undefined> {
  let text: string
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) {
      throw new SambandError({
        code: 'master-key-exposed',
        category: 'forbidden',
        message: `the key file ${file} can be read by others: run chmod 600 ${file}`,
      })
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    if (error instanceof SambandError) throw error
    throw unreadable(file, 'read', error)
  }
  return parseKey(text, file)
}

/**
 * Written beside and then linked, so that the file is never seen half written. Another process may create it at the
 * same moment: the one that comes second uses the first one's key.
 */
async function createKeyFile(file: string): Promise<Buffer> {
  const key = randomBytes(masterKeyBytes)
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${key.toString('base64')}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    try {
      await link(draft, file)
    } finally {
      await unlink(draft)
    }
    return key
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      const other = await readKeyFile(file)
      if (other !== undefined) return other
    }
    throw unreadable(file, 'write', error)
  }
}

function parseKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === masterKeyBytes && /^[A-Za-z0-9+/_-]+=*$/.test(text.trim())) return key
  throw new SambandError({
    code: 'master-key-invalid',
    category: 'incorrect',
    message: `${where} does not hold a master key: it must be base64 of ${masterKeyBytes} bytes (openssl rand -base64 ${masterKeyBytes})`,
  })
}

function unreadable(file: string, verb: 'read' | 'write', cause: unknown): SambandError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
  return new SambandError({
    code: 'master-key-unreadable',
    category: 'fault',
    message: `cannot ${verb} the key file ${file} (${reason}): correct its owner, or set ${variable}`,
    cause,
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
