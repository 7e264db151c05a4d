/**
 * Passwords are kept as scrypt hashes (RFC 7914) in the PHC string format, with their parameters, so that a stronger
 * setting takes effect at each user's next sign-in:
 *
 *     $scrypt$ln=15,r=8,p=3$<salt>$<hash>
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

export type PasswordCost = {
  /** Logarithm of N. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** OWASP Password Storage Cheat Sheet: N=2^15, r=8, p=3; 32 MB and about 0.3 s. */
export const defaultPasswordCost: PasswordCost = Object.freeze({ ln: 15, r: 8, p: 3 })

const saltBytes = 16
const hashBytes = 32

export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(saltBytes)
  return format(cost, salt, await derive(password, salt, cost))
}

/** What no password fits, but is as expensive to check: for names that do not exist. */
export function decoyHash(cost: PasswordCost): string {
  return format(cost, randomBytes(saltBytes), randomBytes(hashBytes))
}

function format({ ln, r, p }: PasswordCost, salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`
}

/** `outdated`: right, but kept with another cost than is wanted now. */
export type PasswordCheck = 'right' | 'outdated' | 'wrong'

/** A text that is no hash of ours is `wrong`. */
export async function checkPassword(password: string, stored: string, wanted: PasswordCost): Promise<PasswordCheck> {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (match === null) return 'wrong'
  const [, ln, r, p, salt = '', hash = ''] = match
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  const expected = Buffer.from(hash, 'base64')
  const actual = await derive(password, Buffer.from(salt, 'base64'), cost)
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return 'wrong'
  return cost.ln === wanted.ln && cost.r === wanted.r && cost.p === wanted.p ? 'right' : 'outdated'
}

/** Two spellings of one character are one password: NFKC, as RFC 8265 has it for passwords in spirit. */
function derive(password: string, salt: Buffer, { ln, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** ln
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

/** 32 characters that are not mistaken for one another when read aloud or written down. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
const groups = 4
const groupLength = 5

/** 100 bits: 'k7mqp-x3vhd-2tfye-9rcns'. */
export function generatePassword(): string {
  const letters = [...randomBytes(groups * groupLength)].map(byte => alphabet[byte % alphabet.length])
  return Array.from({ length: groups }, (_, group) =>
    letters.slice(group * groupLength, (group + 1) * groupLength).join(''),
  ).join('-')
}
