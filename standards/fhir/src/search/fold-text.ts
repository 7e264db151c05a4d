/** Letters that Unicode does not take apart into a base letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ß: 'ss',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ı: 'i',
  ĸ: 'k',
}

const MARKS = /\p{M}+/gu
const SPECIAL = /[æœøßđðþłħŧŋıĸ]/g
const SPACE = /\s+/g
/** Without letters beyond ASCII there is nothing to take apart; spaces stand alone and not at the ends. */
const PLAIN = /^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/

/**
 * A text as searches compare it: without case and accents, and with any white space as one space (R4 search.html#string).
 * Ångström and angstrom, Bjørn and bjorn are the same.
 */
export function foldText(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return text
    .normalize('NFD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(SPECIAL, letter => LETTERS[letter] ?? letter)
    .replace(SPACE, ' ')
    .trim()
}
