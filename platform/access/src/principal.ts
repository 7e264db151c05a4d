import type { Role } from './roles.ts'

/** Who asks. */
export type Principal = {
  readonly name: string
  readonly roles: readonly Role[]
  /** 'person': signed in with a password; 'token': a program. */
  readonly kind: 'person' | 'token'
}
