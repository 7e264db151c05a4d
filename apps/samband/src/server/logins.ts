import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { openAccess } from '@samband/access'
import type { Database } from '@samband/store'
import type { Deployment } from '../config/load-config.ts'

/** What whoever starts Samband gets to enter it, once for all its processes. */
export type Logins = {
  /** Set when the first administrator was made now: the only time that the password is known. */
  readonly firstLogin: { readonly user: string; readonly password: string } | undefined
  /** A token for commands on this machine; revoked by `close`. */
  readonly localToken: () => Promise<string>
  readonly close: () => Promise<void>
}

const creator = 'system'

export async function openLogins({ db, config }: { db: Database; config: Deployment }): Promise<Logins> {
  const access = await openAccess({ db, tenant: config.tenant, now: Date.now })
  const admin = await access.ensureAdmin()
  // Several machines and folders may share the tenant: each revokes its own only.
  const folder = createHash('sha256').update(config.data).digest('hex').slice(0, 8)
  const name = `command line on ${hostname()} (folder ${folder})`
  const revoke = async (): Promise<void> => {
    const left = (await access.listTokens()).filter(token => token.name === name && token.createdBy === creator)
    for (const { id } of left) await access.revokeToken(id)
  }
  return {
    firstLogin: admin.created ? { user: admin.user, password: admin.password } : undefined,
    localToken: async () => {
      // A killed server could not revoke its own.
      await revoke()
      const request = { name, roles: ['administrator'], expiresAt: null, createdBy: creator }
      return (await access.createToken(request)).token
    },
    close: revoke,
  }
}
