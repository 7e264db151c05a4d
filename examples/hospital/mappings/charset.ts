import { type Charset, formatCharset, type Message, parse } from '@samband/hl7v2'

/**
 * The message in another character set: `inCharset(message, 'iso-8859-1')`. Letters that the receiver's set does not have become
 * the nearest that it has (Sámi č, đ, ŋ, š, ŧ, ž in ISO 8859-1), because a name that is spelt a little wrong is safer than a
 * message that does not arrive.
 */
export function inCharset(message: Message, charset: Charset): Message {
  message.set('MSH-18', charset === 'ascii' ? '' : formatCharset(charset))
  const text = [...message.toString()].map(character => fitting(character, charset)).join('')
  const parsed = parse(text)
  // What was a message stays one: no delimiter has been touched.
  if (!parsed.ok) throw new Error('a message became unreadable in another character set')
  return parsed.message
}

const lastIn: Readonly<Partial<Record<Charset, number>>> = { ascii: 0x7f, 'iso-8859-1': 0xff }

/** Letters that fall apart into no base letter and mark. */
const spelt: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  ø: 'oe',
  Ø: 'OE',
  å: 'aa',
  Å: 'AA',
  đ: 'd',
  Đ: 'D',
  ŋ: 'n',
  Ŋ: 'N',
  ŧ: 't',
  Ŧ: 'T',
  ß: 'ss',
  '–': '-',
  '’': "'",
}

function fitting(character: string, charset: Charset): string {
  const last = lastIn[charset]
  if (last === undefined || (character.codePointAt(0) ?? 0) <= last) return character
  const known = spelt[character]
  if (known !== undefined) return known
  const base = character.normalize('NFD').replaceAll(/\p{Mark}/gu, '')
  return (base.codePointAt(0) ?? 0) <= last ? base : '?'
}
