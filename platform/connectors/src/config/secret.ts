import { readFile } from 'node:fs/promises'
import { SambandError } from '@samband/errors'
import { z } from 'zod'

/** Where a secret is kept: never in the configuration itself, so that it can be shown, compared and committed. */
export type SecretSource = {
  /** File that holds the secret; white space at its ends is not part of it. */
  readonly file?: string | undefined
  /** Name of the environment variable that holds it. */
  readonly env?: string | undefined
}

export const secretSourceField: z.ZodType<SecretSource> = z
  .strictObject({
    file: z.string().min(1).optional().describe('File that holds the secret.'),
    env: z.string().min(1).optional().describe('Environment variable that holds the secret.'),
  })
  .refine(source => (source.file === undefined) !== (source.env === undefined), {
    message: 'name exactly one of "file" and "env"',
  })

/** Reads a secret. Throws `incorrect` and names the setting, never the value, when it is missing or empty. */
export async function readSecret(source: SecretSource, setting: string): Promise<string> {
  const text = source.file === undefined ? process.env[source.env ?? ''] : await readText(source.file, setting)
  const secret = text?.trim() ?? ''
  if (secret !== '') return secret
  const where = source.file === undefined ? `the environment variable ${source.env ?? ''}` : `the file ${source.file}`
  throw new SambandError({
    code: 'secret-missing',
    category: 'incorrect',
    message: `${setting}: ${where} is missing or empty`,
  })
}

async function readText(file: string, setting: string): Promise<string> {
  return (await readConfiguredFile(file, setting)).toString('utf8')
}

/** A file that the configuration names (certificate, key, token). Throws `incorrect` naming the setting and the file. */
export async function readConfiguredFile(file: string, setting: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new SambandError({
      code: 'configured-file-unreadable',
      category: 'incorrect',
      message: `${setting}: cannot read ${file} (${reason})`,
      cause,
    })
  }
}
