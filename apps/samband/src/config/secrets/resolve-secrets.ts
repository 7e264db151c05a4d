import { type Category, nearest, SambandError, toSambandError } from '@samband/errors'
import type { SchemaIssue } from '@samband/operations'
import { type Settings, withValue } from '../setting-path.ts'
import { baseProviders } from './base-providers.ts'
import type { SecretUse } from './lift-secrets.ts'
import type { SecretProvider } from './secret-provider.ts'
import type { SecretReference } from './secret-reference.ts'

export type SecretReaderOptions = {
  /** As the configuration registers them. */
  readonly providers: Readonly<Record<string, SecretProvider>>
  readonly env: Readonly<Record<string, string | undefined>>
}

export type ReadSecret = (reference: SecretReference) => Promise<string>

/** Reads any secret that a reference names. Throws SambandError without the secret. */
export function secretReader({ providers, env }: SecretReaderOptions): ReadSecret {
  const all: Readonly<Record<string, SecretProvider>> = { ...providers, ...baseProviders }
  return async ({ provider, reference }) => {
    const found = all[provider]
    if (found === undefined) throw unknownProvider(provider, Object.keys(all))
    const value = (await found.read(reference, { env })).trim()
    if (value !== '') return value
    throw new SambandError({
      code: 'secret-missing',
      category: 'incorrect',
      message: `${found.description} holds an empty secret for ${reference}`,
    })
  }
}

function unknownProvider(provider: string, known: readonly string[]): SambandError {
  const near = nearest(provider, known)
  const hint = near === undefined ? '' : `, did you mean '${near}'?`
  return new SambandError({
    code: 'secret-provider-unknown',
    category: 'incorrect',
    message: `no provider of secrets is named '${provider}'${hint}: register it under "secrets" (there are ${known.join(', ')})`,
  })
}

export type SecretTrouble = SchemaIssue & { readonly category: Category }

export type ResolvedSecrets = { readonly settings: Settings; readonly troubles: readonly SecretTrouble[] }

/**
 * Puts the secrets into the settings, and tells every one that cannot be read. A file stays a file where a connector reads it
 * itself, so that a renewed one is taken up when the endpoint is opened anew.
 */
export async function resolveSecrets(
  settings: Settings,
  uses: readonly SecretUse[],
  read: ReadSecret,
): Promise<ResolvedSecrets> {
  const troubles: SecretTrouble[] = []
  const values = await Promise.all(
    uses.map(async ({ path, reference }) => {
      if (reference === undefined) return undefined
      try {
        return await read(reference)
      } catch (thrown) {
        const { code, category, message } = toSambandError(thrown, 'secret-provider-failed')
        troubles.push({ code, category, path: path.join('.'), text: message })
        return undefined
      }
    }),
  )
  let resolved = settings
  for (const [at, { path, reference, wrapped }] of uses.entries()) {
    const value = values[at]
    if (value === undefined || reference === undefined) continue
    const own = reference.provider === 'file' ? { file: reference.reference } : { value }
    resolved = withValue(resolved, path, wrapped ? own : value)
  }
  return { settings: resolved, troubles }
}
