import type { Delimiters } from '../delimiters.ts'

/** What looks like an escape; anything else is a stray escape character, which is text. */
const SEQUENCE = /^[A-Z.][0-9A-Za-z.+-]*$/
/** Characters that XML 1.0 cannot hold, but for line ends, which no leaf has. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g

const utf8 = new TextEncoder()

/**
 * The XML content of a leaf: escapes of delimiters become the characters, others an `escape` element, as line breaks, highlighting and
 * hexadecimal data have no characters of their own (HL7 v2 XML encoding, §2.5.2).
 */
export function leafXml(raw: string, delimiters: Delimiters): string {
  const mark = delimiters.escape
  if (mark === undefined || !raw.includes(mark)) return xmlText(raw)
  let xml = ''
  let from = 0
  while (from < raw.length) {
    const open = raw.indexOf(mark, from)
    const close = open < 0 ? -1 : raw.indexOf(mark, open + 1)
    if (close < 0) return xml + xmlText(raw.slice(from))
    xml += xmlText(raw.slice(from, open))
    const body = raw.slice(open + 1, close)
    const character = delimiterOf(body, delimiters)
    if (character !== undefined || SEQUENCE.test(body)) {
      xml += character === undefined ? `<escape V="${body}"/>` : xmlText(character)
      from = close + 1
    } else {
      // The next escape character may open a real sequence.
      xml += xmlText(raw.slice(open, close))
      from = close
    }
  }
  return xml
}

function delimiterOf(body: string, delimiters: Delimiters): string | undefined {
  switch (body) {
    case 'F':
      return delimiters.field
    case 'S':
      return delimiters.component
    case 'T':
      return delimiters.subcomponent
    case 'R':
      return delimiters.repetition
    case 'E':
      return delimiters.escape
    case 'P':
      return delimiters.truncation
    default:
      return undefined
  }
}

/** Text with what XML reserves written as references, and what it cannot hold as an escape. */
export function xmlText(text: string): string {
  if (!/[&<>\x00-\x1f\ufffe\uffff]/.test(text)) return text
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
    .replaceAll(FORBIDDEN, character => `<escape V="X${hexOf(character)}"/>`)
}

function hexOf(character: string): string {
  return Array.from(utf8.encode(character), byte => byte.toString(16).toUpperCase().padStart(2, '0')).join('')
}
