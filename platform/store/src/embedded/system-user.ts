import { readFile } from 'node:fs/promises'
import { SambandError } from '@samband/errors'

/** Whom the server runs as; undefined means as ourselves. */
export type SystemUser = { readonly name: string; readonly uid: number; readonly gid: number }

/** PostgreSQL refuses to run as root. These exist on Debian, Red Hat, Alpine and macOS in some combination. */
const candidates = ['samband', 'postgres', '_postgres', 'nobody', 'daemon'] as const

/**
 * The user for the server when the caller is root; undefined when the caller is not.
 *
 * @throws SambandError `embedded-user-missing`
 */
export async function unprivilegedUser(wanted: string | undefined): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  const names: readonly string[] = wanted === undefined ? candidates : [wanted]
  for (const name of names) {
    const user = users.get(name)
    if (user !== undefined && user.uid !== 0) return user
  }
  throw new SambandError({
    code: 'embedded-user-missing',
    category: 'unavailable',
    message: `the embedded database does not run as root and none of the users ${names.join(', ')} exists: start Samband as another user, name one in SAMBAND_POSTGRES_USER, or set SAMBAND_DATABASE_URL`,
  })
}

/** `name:password:uid:gid:...`, one a line (passwd(5)). macOS writes 4294967294 as -2. */
function parsePasswd(text: string): Map<string, SystemUser> {
  const users = new Map<string, SystemUser>()
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || name.startsWith('#') || uid === undefined || gid === undefined) continue
    users.set(name, { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 })
  }
  return users
}

/** For the options of `spawn`. */
export function identityOf(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}
