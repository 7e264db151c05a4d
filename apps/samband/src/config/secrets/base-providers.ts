import { readFile, stat } from 'node:fs/promises'
import { SambandError } from '@samband/errors'
import type { SecretProvider } from './secret-provider.ts'

/** The two providers that every configuration has. */
export const baseProviders: Readonly<Record<'env' | 'file', SecretProvider>> = Object.freeze({
  env: {
    description: 'the environment',
    read: async (name, { env }) => {
      const value = env[name]?.trim() ?? ''
      if (value === '') throw missing(`the environment variable ${name} is missing or empty`)
      return value
    },
  },
  file: {
    description: 'files',
    read: async file => {
      const value = (await textOf(file)).trim()
      if (value === '') throw missing(`the file ${file} is empty`)
      return value
    },
  },
})

/** A secret is a line or a key, not a database. */
const secretBytesMax = 1024 * 1024

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size > secretBytesMax) throw missing(`the file ${file} is too large for a secret (${size} bytes)`)
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof SambandError) throw cause
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw missing(`cannot read the file ${file} (${reason})`, cause)
  }
}

function missing(message: string, cause?: unknown): SambandError {
  return new SambandError({ code: 'secret-missing', category: 'incorrect', message, cause })
}
