import type { MessageSummary } from '@samband/operations/contract'
import { verbWords } from './verb-words.ts'

/** How a message came to be from another one: 'resent', 'edited', or 'via' where a route handed it on. */
export function provenanceOf({ origin, peer }: MessageSummary): string | null {
  if (!origin) return null
  return isHandedOn(peer) ? 'via' : verbWords[origin.verb].past
}

/** The engine names the sending delivery as peer: 'via 4711/charges/0'. */
export const isHandedOn = (peer: string): boolean => peer.startsWith('via ')
