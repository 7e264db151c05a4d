import type { MatchPorts } from '@samband/fhir/search'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { resourceWords, wordsOf } from '../storage/words.ts'
import type { Condition } from './condition.ts'
import type { Runner } from './run-statement.ts'

/** One search under way: what it is compiled with, and how it asks the database. */
export type SearchScope = {
  readonly context: HubContext
  readonly caller: Caller
  readonly runner: Runner
  /** The same for all its statements, also those of its pages as far as a page can tell. */
  readonly nowMs: number
  /** Ranges of narrow tables that have been counted. */
  readonly probed: Map<string, number>
}

/** What a criterion became. Not exact: it finds all that match and more, and each must be compared in memory. */
export type Compiled = { readonly condition: Condition; readonly exact: boolean }

export function exactly(condition: Condition): Compiled {
  return { condition, exact: true }
}

export function roughly(condition: Condition): Compiled {
  return { condition, exact: false }
}

/** For comparing in memory what SQL could only approximate. */
export function matchPorts({ context, nowMs }: Pick<SearchScope, 'context' | 'nowMs'>): MatchPorts {
  return { nowMs, ...(context.ucum === undefined ? {} : { ucum: context.ucum }) }
}

/** Whether the words of `text` are all in the resource: what `_text` and `_content` ask. */
export function hasWords(
  resource: Readonly<Record<string, unknown>>,
  scope: 'narrative' | 'content',
  text: string,
): boolean {
  const wanted = [...wordsOf(text)]
  const words = resourceWords(resource)[scope]
  return wanted.length > 0 && wanted.every(word => words.has(word))
}
