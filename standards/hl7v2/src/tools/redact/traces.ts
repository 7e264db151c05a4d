/** Most words of a value that is searched for as a whole. */
const WORDS_MAX = 8
/** Shorter words stand everywhere: `Li` and `Bo` are names, and `12` is an identifier. */
const NAME_CHARACTERS_MIN = 3
const IDENTIFIER_CHARACTERS_MIN = 4

const WORD = /[\p{L}\p{M}\p{N}]+/gu

/**
 * What was replaced, to be found where nobody expects it: the patient's name in a result, the national number in a Z segment. Texts are
 * compared word by word without regard to case and punctuation; each place costs the same, however much was replaced.
 */
export class Traces {
  readonly #replacements = new Map<string, string>()
  #wordsMax = 0

  /** Remembers a name and each of its words. */
  addName(original: string, pseudonym: string): void {
    this.#add(original, pseudonym, NAME_CHARACTERS_MIN)
    const words = original.match(WORD) ?? []
    const pseudonyms = pseudonym.match(WORD) ?? []
    for (const [i, word] of words.entries()) this.#add(word, pseudonyms[i] ?? '', NAME_CHARACTERS_MIN)
  }

  addIdentifier(original: string, pseudonym: string): void {
    this.#add(original, pseudonym, IDENTIFIER_CHARACTERS_MIN)
    // As people write national numbers.
    if (/^\d{11}$/.test(original)) {
      this.#add(`${original.slice(0, 6)} ${original.slice(6)}`, pseudonym, IDENTIFIER_CHARACTERS_MIN)
    }
  }

  /** Remembers a date of birth in the orders that people write it in. */
  addDate(original: string, pseudonym: string): void {
    const [year, month, day] = [original.slice(0, 4), original.slice(4, 6), original.slice(6, 8)]
    if (!/^\d{8}/.test(original)) return
    const replaced = pseudonym.slice(0, 8)
    for (const written of [
      `${year}${month}${day}`,
      `${year} ${month} ${day}`,
      `${day} ${month} ${year}`,
      `${month} ${day} ${year}`,
    ]) {
      this.#add(written, replaced, IDENTIFIER_CHARACTERS_MIN)
    }
  }

  /** The text with every trace replaced; undefined where it holds none. */
  replaceIn(text: string): string | undefined {
    if (this.#wordsMax === 0) return undefined
    const words = [...text.matchAll(WORD)].map(match => ({
      text: match[0].toLowerCase(),
      start: match.index,
      end: match.index + match[0].length,
    }))
    let replaced = ''
    let copied = 0
    for (let i = 0; i < words.length; ) {
      const found = this.#longestAt(words, i)
      const first = words[i]
      if (found === undefined || first === undefined) {
        i++
        continue
      }
      replaced += text.slice(copied, first.start) + found.replacement
      copied = words[i + found.length - 1]?.end ?? first.end
      i += found.length
    }
    return copied === 0 ? undefined : replaced + text.slice(copied)
  }

  #longestAt(
    words: readonly { readonly text: string }[],
    start: number,
  ): { readonly replacement: string; readonly length: number } | undefined {
    let key = ''
    let longest: { replacement: string; length: number } | undefined
    for (let length = 1; length <= this.#wordsMax && start + length <= words.length; length++) {
      key += (length === 1 ? '' : ' ') + (words[start + length - 1]?.text ?? '')
      const replacement = this.#replacements.get(key)
      if (replacement !== undefined) longest = { replacement, length }
    }
    return longest
  }

  #add(original: string, pseudonym: string, charactersMin: number): void {
    const words = (original.match(WORD) ?? []).map(word => word.toLowerCase())
    if (words.join('').length < charactersMin || words.length === 0 || words.length > WORDS_MAX) return
    const key = words.join(' ')
    // The first stays, so that a family name is not overwritten by the same word as a given name.
    if (!this.#replacements.has(key)) this.#replacements.set(key, pseudonym)
    this.#wordsMax = Math.max(this.#wordsMax, words.length)
  }
}
