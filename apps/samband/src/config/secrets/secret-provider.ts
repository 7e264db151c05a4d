/**
 * A place where secrets are kept, as a configuration registers it: `secrets: { vault: hashicorpVault({ ... }) }`. The name
 * is what references call it by: `secret.vault('path#key')`, `secret.from('name', '...')`.
 */
export type SecretProvider = {
  /** What it is and where, for people: 'HashiCorp Vault at https://vault.example:8200'. Holds no secret. */
  readonly description: string
  /**
   * Reads one secret. Throws SambandError: `incorrect` or `forbidden` for what somebody has to change, `unavailable` for
   * what may pass. No error holds a secret.
   */
  readonly read: (reference: string, context: SecretContext) => Promise<string>
}

export type SecretContext = {
  readonly env: Readonly<Record<string, string | undefined>>
}

export function isSecretProvider(value: unknown): value is SecretProvider {
  if (typeof value !== 'object' || value === null || !('read' in value) || !('description' in value)) return false
  return typeof value.read === 'function' && typeof value.description === 'string'
}
