import type { MessageSummary, OriginVerb } from '@samband/operations/contract'
import { verbWords } from './verb-words.ts'

/** How a message came to be from another one: 'reinjected', 'edited', or 'via' where a route handed it on. */
export function provenanceOf({ origin }: MessageSummary): string | null {
  if (!origin) return null
  return origin.verb === 'via' ? 'via' : verbWords[origin.verb].past
}

/** The same within a sentence: 'handed on from message 7'. */
export function originWords(verb: OriginVerb): string {
  return verb === 'via' ? 'handed on' : verbWords[verb].past
}
