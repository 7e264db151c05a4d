import { stat } from 'node:fs/promises'
import { toSambandError } from '@samband/errors'
import type { Deployment } from '../examine-config.ts'
import type { ReadSecret } from '../secrets/resolve-secrets.ts'
import type { Finding } from './finding.ts'

export type SecretCheck = {
  readonly deployment: Deployment
  readonly read: ReadSecret
  /** Also asks vaults, which is the only thing that a check connects to. */
  readonly askVaults: boolean
}

/** Whether every secret is there, and whether a file with one may be read by others. */
export async function checkSecrets({ deployment, read, askVaults }: SecretCheck): Promise<readonly Finding[]> {
  const { secretUses, secrets, masterKeyFile } = deployment
  const unasked = new Set<string>()
  const found = await Promise.all(
    secretUses.map(async ({ path, reference }): Promise<readonly Finding[]> => {
      if (reference === undefined) return []
      const { provider } = reference
      const at = path.join('.')
      if (provider !== 'env' && provider !== 'file' && secrets[provider] !== undefined && !askVaults) {
        unasked.add(provider)
        return []
      }
      try {
        await read(reference)
      } catch (thrown) {
        const { code, message } = toSambandError(thrown, 'secret-provider-failed')
        return [{ kind: 'problem', code, path: at, text: message }]
      }
      return provider === 'file' ? await checkMode(reference.reference, at) : []
    }),
  )
  const notAsked = [...unasked].map(
    (provider): Finding => ({
      kind: 'note',
      code: 'vault-not-asked',
      path: `secrets.${provider}`,
      text: `its secrets were not looked for: --ask-vaults does`,
    }),
  )
  return [...found.flat(), ...notAsked, ...(await checkMode(masterKeyFile, 'masterKeyFile'))]
}

/** Mounted by what runs a container, readable for everybody in it, who is one process. */
const mountedSecrets = /^\/(var\/)?run\/secrets\//

const othersMayRead = 0o004
const othersMayWrite = 0o022

/** Whoever reads a secret's file has the secret; whoever writes it decides what it is. A file that is missing is told elsewhere. */
export async function checkMode(file: string, path: string): Promise<readonly Finding[]> {
  if (process.platform === 'win32' || mountedSecrets.test(file)) return []
  const mode = await stat(file).then(
    facts => facts.mode & 0o777,
    () => undefined,
  )
  if (mode === undefined || (mode & (othersMayRead | othersMayWrite)) === 0) return []
  const verb = (mode & othersMayWrite) === 0 ? 'read' : 'change'
  const text = `others may ${verb} ${file} (mode ${mode.toString(8).padStart(4, '0')}): chmod 600`
  return [{ kind: 'note', code: 'secret-file-open', path, text }]
}
