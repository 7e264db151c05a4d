/** FHIR R4 narrative.html#rules: what a narrative may contain. */
const ELEMENTS = new Set(
  (
    'div p br h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd sub sup ' +
    'ul ol li dl dt dd pre table caption colgroup col thead tbody tfoot tr th td code samp img map area u s strike center font'
  ).split(' '),
)

const ATTRIBUTES = new Set(
  (
    'xmlns title style class id lang xml:lang dir accesskey tabindex href name src alt width height border align valign cellpadding ' +
    'cellspacing summary span colspan rowspan scope headers abbr axis char charoff hspace vspace longdesc usemap ismap coords shape ' +
    'nohref rel rev hreflang type charset cite start value compact frame rules nowrap bgcolor color face size noshade clear ' +
    'target xml:space idref'
  ).split(' '),
)

const XHTML = 'http://www.w3.org/1999/xhtml'
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/
const TAG =
  /<(?:!--[^]*?-->|\/([A-Za-z][\w:.-]*)\s*>|([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>)/y
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const DEPTH_MAX = 100

/** The fault of a narrative that is right otherwise (txt-2). */
export const NOTHING_TO_READ = 'it has nothing to read in it'

/**
 * What is wrong with the XHTML of a narrative, in words without its content; nothing where it is right: one `div` of the XHTML namespace,
 * well formed, only the elements and attributes that a narrative may have, nothing active, and something to read.
 */
export function narrativeFault(xhtml: string): string | undefined {
  const open: string[] = []
  let hasContent = false
  let at = xhtml.length - xhtml.trimStart().length
  const end = xhtml.trimEnd().length
  if (!/^<div[\s>/]/.test(xhtml.slice(at, at + 5))) return 'a narrative begins with <div>'
  while (at < end) {
    if (xhtml.charCodeAt(at) !== 0x3c) {
      const next = xhtml.indexOf('<', at)
      const text = xhtml.slice(at, next === -1 ? end : next)
      if (open.length === 0) return 'nothing may stand outside the <div>'
      if (ENTITY.test(text)) return 'an & stands for no entity that XML knows: write the character itself'
      if (!hasContent && /\S/.test(text)) hasContent = true
      at += text.length
      continue
    }
    TAG.lastIndex = at
    const tag = TAG.exec(xhtml)
    if (tag === null) return 'it is not well-formed XML'
    at = TAG.lastIndex
    const fault = tagFault(tag, open, at >= end)
    if (fault !== undefined) return fault
    if (tag[2] === 'img') hasContent = true
  }
  if (open.length > 0) return 'an element does not end'
  return hasContent ? undefined : NOTHING_TO_READ
}

function tagFault(tag: RegExpExecArray, open: string[], isLast: boolean): string | undefined {
  const [, closing, opening, attributes = '', slash] = tag
  if (closing !== undefined) {
    if (open.pop() !== closing) return 'an end tag closes another element than the one that is open'
    return open.length === 0 && !isLast ? 'nothing may follow the <div>' : undefined
  }
  if (opening === undefined) return undefined
  if (!ELEMENTS.has(opening)) return 'it has an element that narratives may not have'
  if (open.length >= DEPTH_MAX) return `its elements are more than ${DEPTH_MAX} deep`
  if (open.length === 0 && !attributes.includes(XHTML)) return `its <div> is not of the namespace ${XHTML}`
  if (slash !== '/') open.push(opening)
  return attributesFault(attributes)
}

function attributesFault(attributes: string): string | undefined {
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    if (!ATTRIBUTES.has(name) && !name.startsWith('xmlns:')) return 'it has an attribute that narratives may not have'
    const value = double ?? single ?? ''
    if (ENTITY.test(value)) return 'an & stands for no entity that XML knows: write the character itself'
    if ((name === 'href' || name === 'src') && /^\s*(javascript|vbscript)\s*:/i.test(value))
      return 'it has a script in an address'
  }
  return undefined
}
