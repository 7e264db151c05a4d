import { readFile } from 'node:fs/promises'
import { SambandError } from '@samband/errors'
import { z } from 'zod'

/**
 * Where a secret is kept, or what a deployment made of it: a configuration that is committed names a file, a variable or
 * a vault, and whoever loads it puts the `value` in before the connector gets its settings.
 */
export type SecretSource = {
  /** File that holds the secret; white space at its ends is not part of it. */
  readonly file?: string | undefined
  /** Name of the environment variable that holds it. */
  readonly env?: string | undefined
  /** The secret itself. */
  readonly value?: string | undefined
}

export const secretSourceField: z.ZodType<SecretSource> = z
  .strictObject({
    file: z.string().min(1).optional().describe('File that holds the secret.'),
    env: z.string().min(1).optional().describe('Environment variable that holds the secret.'),
    value: z.string().min(1).optional().describe('The secret itself, as a vault answered it. Not for a file in git.'),
  })
  .refine(source => Object.values(source).filter(one => one !== undefined).length === 1, {
    message: 'name exactly one of "file", "env" and "value"',
  })
  // Who shows, checks or redacts a configuration finds its secrets by this mark.
  .meta({ secret: true })

/** Reads a secret. Throws `incorrect` and names the setting, never the value, when it is missing or empty. */
export async function readSecret(source: SecretSource, setting: string): Promise<string> {
  if (source.value !== undefined) return source.value
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
