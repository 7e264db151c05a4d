/** Characters that XML 1.0 cannot hold, escaped or not (XML 1.0 §2.2). */
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

export function canBeXml(text: string): boolean {
  return !FORBIDDEN.test(text) && text.isWellFormed()
}

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A reader makes spaces of these where they are not escaped (XML 1.0 §3.3.3).
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\n\r\t]/g, char => ATTRIBUTE_ESCAPES[char] ?? char)
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, char => TEXT_ESCAPES[char] ?? char)
}
