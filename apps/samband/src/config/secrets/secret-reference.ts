/** Marks a reference; shared by name, so that a configuration that loads another copy of this package is understood. */
const brand: unique symbol = Symbol.for('samband.secret')

/** Where a secret is kept. It stands in the configuration in place of the secret, which is read when the server starts. */
export type SecretReference = {
  readonly [brand]: true
  /** 'env', 'file', or a name under `secrets` in the configuration. */
  readonly provider: string
  /** A variable's name, a file, or what the provider understands: 'lis/mllp#passphrase'. */
  readonly reference: string
}

/** Secrets of a configuration: `password: secret.file('/run/secrets/ris')`. */
export const secret: {
  /** From an environment variable. */
  readonly env: (name: string) => SecretReference
  /** From a file; white space at its ends is not part of it. */
  readonly file: (path: string) => SecretReference
  /** From the provider that the configuration names `vault`: 'path#key'. */
  readonly vault: (reference: string) => SecretReference
  /** From any provider of the configuration's `secrets`, by its name there. */
  readonly from: (provider: string, reference: string) => SecretReference
} = Object.freeze({
  env: (name: string) => secretReference('env', name),
  file: (path: string) => secretReference('file', path),
  vault: (reference: string) => secretReference('vault', reference),
  from: (provider: string, reference: string) => secretReference(provider, reference),
})

export function secretReference(provider: string, reference: string): SecretReference {
  return Object.freeze({ [brand]: true as const, provider, reference })
}

export function isSecretReference(value: unknown): value is SecretReference {
  return typeof value === 'object' && value !== null && brand in value
}

const plainForms = ['env', 'file', 'vault'] as const

/**
 * The reference that stands in a place for a secret: one made by `secret`, or the plain `{ env: 'NAME' }`, `{ file: '...' }`
 * and `{ vault: '...' }`, for configurations that import nothing. Undefined for anything else.
 */
export function referenceIn(value: unknown): SecretReference | undefined {
  if (isSecretReference(value)) return value
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  const [name, reference] = entries[0] ?? []
  const form = plainForms.find(known => known === name)
  if (entries.length !== 1 || form === undefined || typeof reference !== 'string') return undefined
  return secretReference(form, reference)
}

/** '<secret from env LIS_PASSPHRASE>': what is shown in place of a secret. */
export function describeReference({ provider, reference }: SecretReference): string {
  return `<secret from ${provider} ${reference}>`
}
