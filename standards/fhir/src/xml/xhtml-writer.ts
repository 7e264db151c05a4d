import type { SaxesTagNS } from 'saxes'
import { SaxesParser } from 'saxes'
import { escapeAttribute, escapeText } from './xml-text.ts'

export const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml'

/** Writes XHTML of what a reader meets, in one way: no prefixes, one namespace at its root, attributes in double quotes. */
export class XhtmlWriter {
  #text = ''
  #depth = 0
  #isTagOpen = false

  get depth(): number {
    return this.#depth
  }

  open(tag: SaxesTagNS): void {
    this.#endTag()
    this.#text += `<${tag.local}`
    if (this.#depth === 0) this.#text += ` xmlns="${XHTML_NAMESPACE}"`
    for (const { name, prefix, value } of Object.values(tag.attributes)) {
      if (name !== 'xmlns' && prefix !== 'xmlns') this.#text += ` ${name}="${escapeAttribute(value)}"`
    }
    this.#isTagOpen = true
    this.#depth++
  }

  close(tag: SaxesTagNS): void {
    if (this.#isTagOpen) this.#text += '/>'
    else this.#text += `</${tag.local}>`
    this.#isTagOpen = false
    this.#depth--
  }

  write(text: string): void {
    if (text === '') return
    this.#endTag()
    this.#text += escapeText(text)
  }

  toString(): string {
    return this.#text
  }

  #endTag(): void {
    if (this.#isTagOpen) this.#text += '>'
    this.#isTagOpen = false
  }
}

/**
 * The XHTML of a narrative as it can stand inside XML; nothing where it is not well formed, is no `div` of XHTML, or goes deeper than
 * allowed: it would break the document around it.
 */
export function embeddableXhtml(xhtml: string, depthMax: number): string | undefined {
  const parser = new SaxesParser({ xmlns: true })
  const writer = new XhtmlWriter()
  let isGood = true
  parser.on('error', () => {
    isGood = false
  })
  parser.on('doctype', () => {
    isGood = false
  })
  parser.on('opentag', tag => {
    if (tag.uri !== XHTML_NAMESPACE || (writer.depth === 0 && tag.local !== 'div') || writer.depth >= depthMax)
      isGood = false
    if (isGood) writer.open(tag)
  })
  parser.on('closetag', tag => {
    if (isGood) writer.close(tag)
  })
  parser.on('text', text => {
    if (isGood && writer.depth > 0) writer.write(text)
  })
  parser.on('cdata', text => {
    if (isGood && writer.depth > 0) writer.write(text)
  })
  parser.write(xhtml).close()
  return isGood ? writer.toString() : undefined
}
