import type { Charset } from './charset.ts'
import { codecOf, formatCharset } from './charset.ts'
import { Hl7Error } from './hl7-error.ts'
import type { Message } from './message.ts'
import { isAscii } from './message-context.ts'
import { parse } from './parse.ts'

export interface CharsetConversionOptions {
  /**
   * What to do with a character that the new set does not have: `refuse` throws (the default); `approximate` writes the nearest
   * letters it has (`Č` as `C`, and `ø` as `oe` in ASCII), else a question mark. A name spelt a little wrong may be safer than a
   * message that does not arrive; the deployment decides.
   */
  readonly unencodable?: 'refuse' | 'approximate'
}

/** Letters that do not fall apart into a base letter and marks, as passports spell them. */
const SPELT: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  ø: 'oe',
  Ø: 'OE',
  å: 'aa',
  Å: 'AA',
  œ: 'oe',
  Œ: 'OE',
  ß: 'ss',
  þ: 'th',
  Þ: 'TH',
  ð: 'd',
  Ð: 'D',
  đ: 'd',
  Đ: 'D',
  ŋ: 'n',
  Ŋ: 'N',
  ŧ: 't',
  Ŧ: 'T',
  ł: 'l',
  Ł: 'L',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '€': 'EUR',
  '\u00a0': ' ',
}

/**
 * A new message with the same text in another character set, MSH-18 included. Hex escapes for characters beyond ASCII become the
 * characters, as their bytes mean something else in the new set. The message itself is left as it is.
 */
export function convertCharset(message: Message, charset: Charset, options: CharsetConversionOptions = {}): Message {
  const codec = codecOf(charset)
  const fits = (text: string): boolean => (charset === 'ascii' ? isAscii(text) : codec.encode(text) !== undefined)
  let text = withoutHexEscapes(message)
  if (!fits(text)) {
    if (options.unencodable !== 'approximate') {
      throw new Hl7Error('text-not-encodable', `${charset} cannot hold all characters of the message`, 'MSH-18')
    }
    const marks = new Set(Object.values(message.delimiters))
    text = Array.from(text, character => (fits(character) ? character : approximate(character, fits, marks))).join('')
  }
  const result = parse(text, { charset })
  // The delimiters are ASCII in every set and were not touched, so that what was a message stays one.
  if (!result.ok) throw new Hl7Error('charset-unsupported', `The message cannot be read in ${charset}`, 'MSH-18')
  return result.message.set('MSH-18', charset === 'ascii' ? '' : formatCharset(charset))
}

function approximate(
  character: string,
  fits: (text: string) => boolean,
  marks: ReadonlySet<string | undefined>,
): string {
  const spelt = SPELT[character] ?? character.normalize('NFD').replace(/\p{Mark}/gu, '')
  const safe = spelt !== '' && fits(spelt) && !Array.from(spelt).some(part => marks.has(part))
  return safe ? spelt : '?'
}

function withoutHexEscapes(message: Message): string {
  const text = message.toString()
  const mark = message.delimiters.escape
  if (mark === undefined || !text.includes(`${mark}X`)) return text
  const escaped = `\\x${mark.charCodeAt(0).toString(16).padStart(2, '0')}`
  return text.replace(new RegExp(`${escaped}X(?:[0-9A-Fa-f]{2})+${escaped}`, 'g'), sequence => {
    const decoded = message.context.decodeEscapes(sequence)
    return isAscii(decoded) ? sequence : decoded
  })
}
