/** One token of a `_filter`. */
export interface FilterToken {
  readonly kind: 'word' | 'string' | '(' | ')' | '[' | ']' | 'end'
  readonly text: string
  readonly at: number
}

const SPACE = /\s+/y
const STRING = /"(?:[^"\\]|\\.)*"/y
/** A path ends at a bracket; a value may have one only in a string (R4 search_filter.html, grammar). */
const WORD = /[^\s()[\]"]+/y

/** Takes a filter apart; a number is where it could not. */
export function tokenizeFilter(text: string): readonly FilterToken[] | number {
  const tokens: FilterToken[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  for (;;) {
    at += match(SPACE)?.length ?? 0
    const character = text[at]
    if (character === undefined) break
    if (character === '(' || character === ')' || character === '[' || character === ']') {
      tokens.push({ kind: character, text: character, at })
      at++
      continue
    }
    const found = match(character === '"' ? STRING : WORD)
    if (found === undefined) return at
    if (character !== '"') tokens.push({ kind: 'word', text: found, at })
    else {
      const content = jsonString(found)
      if (content === undefined) return at
      tokens.push({ kind: 'string', text: content, at })
    }
    at += found.length
  }
  tokens.push({ kind: 'end', text: 'the end', at })
  return tokens
}

function jsonString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
