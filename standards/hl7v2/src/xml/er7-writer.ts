import type { Delimiters } from '../delimiters.ts'
import { DELIMITERS_DEFAULT, isFieldSeparator, readDelimiters } from '../delimiters.ts'
import { Escaper } from '../escape.ts'
import { isHeaderId } from '../segment.ts'
import { isSegmentId } from '../segment-line.ts'
import { XmlFault } from './xml-fault.ts'
import type { XmlLimits } from './xml-limits.ts'

/** What an `escape` element may stand for. */
const ESCAPE_BODY = /^[A-Z.][0-9A-Za-z.+-]*$/

/** A field, component or subcomponent that is open: text and escapes so far, or the parts below. */
interface OpenElement {
  readonly number: number
  /** Text that is not escaped yet, between what is. */
  raw: string
  text: string
  readonly parts: string[]
}

/** Field repetitions by number, 0-based. */
type Fields = (string[] | undefined)[]

/**
 * Makes ER7 text of the events of an XML parser. The levels below the root:
 *
 * - an element named as a segment (`PID`) is one; any other is a group, and what is in it is on the same level
 * - in a segment: fields, by the last number of their name; the same number again is a repetition
 * - in a field: components, in a component: subcomponents, likewise
 * - `escape` within any of these is an escape sequence
 *
 * Text between elements is white space. Delimiters are those of MSH.1 and MSH.2, from where these end; the recommended ones before.
 */
export class Er7Writer {
  readonly #limits: XmlLimits
  #er7 = ''
  #delimiters: Delimiters = DELIMITERS_DEFAULT
  #escaper: Escaper = new Escaper(DELIMITERS_DEFAULT)
  /** Root and groups that are open. */
  #groups = 0
  #segmentId = ''
  #fields: Fields = []
  readonly #elements: OpenElement[] = []
  #inEscape = 0

  constructor(limits: XmlLimits) {
    this.#limits = limits
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#inEscape > 0) throw new XmlFault('xml-invalid', 'An escape element holds no elements')
    if (this.#groups === 0) this.#groups = 1
    else if (this.#segmentId === '') {
      if (!isSegmentId(name)) this.#groups++
      else {
        this.#segmentId = name
        this.#fields = []
      }
    } else if (name === 'escape' && this.#elements.length > 0) {
      this.#inEscape = 1
      this.#escape(attributes['V'] ?? '')
    } else {
      if (this.#elements.length === 3) throw new XmlFault('xml-invalid', `${this.#place()} is divided too deeply`)
      this.#elements.push({ number: this.#numberOf(name), raw: '', text: '', parts: [] })
    }
  }

  text(value: string): void {
    const element = this.#elements.at(-1)
    if (element !== undefined && this.#inEscape === 0) element.text += value
    else if (value.trim() !== '')
      throw new XmlFault('xml-invalid', `Text stands between the elements of ${this.#place()}`)
  }

  close(): void {
    if (this.#inEscape > 0) this.#inEscape = 0
    else if (this.#elements.length > 0) this.#closeElement()
    else if (this.#segmentId !== '') this.#closeSegment()
    else this.#groups--
  }

  finish(): string {
    if (this.#er7 === '') throw new XmlFault('xml-invalid', 'The document holds no segment')
    return this.#er7
  }

  #escape(body: string): void {
    const { field, component, repetition, subcomponent, escape, truncation } = this.#delimiters
    const marks = [field, component, repetition, subcomponent, escape, truncation]
    if (!ESCAPE_BODY.test(body) || marks.some(mark => mark !== undefined && body.includes(mark))) {
      throw new XmlFault(
        'xml-invalid',
        `An escape element in ${this.#place()} has no escape sequence in its attribute V`,
      )
    }
    if (escape === undefined)
      throw new XmlFault('xml-invalid', 'MSH.2 declares no escape character for an escape element')
    const element = this.#elements.at(-1)
    if (element === undefined) return
    element.raw += this.#encode(element.text) + escape + body + escape
    element.text = ''
  }

  #closeElement(): void {
    const element = this.#elements.pop()
    if (element === undefined) return
    const parent = this.#elements.at(-1)
    if (parent === undefined) {
      this.#closeField(element)
      return
    }
    // 1-based; the field's parts are components, a component's are subcomponents.
    const value = this.#valueOf(element, this.#delimiters.subcomponent)
    while (parent.parts.length < element.number - 1) parent.parts.push('')
    if (parent.parts[element.number - 1] !== undefined && parent.parts[element.number - 1] !== '') {
      throw new XmlFault('xml-invalid', `A component of ${this.#place()} stands twice`)
    }
    parent.parts[element.number - 1] = value
  }

  #closeField(element: OpenElement): void {
    const { number } = element
    const isDelimiters = isHeaderId(this.#segmentId) && number <= 2
    const value = isDelimiters ? element.text : this.#valueOf(element, this.#delimiters.component)
    const repetitions = (this.#fields[number - 1] ??= [])
    repetitions.push(value)
    if (isDelimiters) this.#readDelimiters()
  }

  #valueOf(element: OpenElement, mark: string | undefined): string {
    if (element.parts.length === 0) return element.raw + this.#encode(element.text)
    if (element.raw !== '' || element.text.trim() !== '') {
      throw new XmlFault('xml-invalid', `Text stands beside the components of ${this.#place()}`)
    }
    return this.#join(element.parts, mark)
  }

  #join(parts: readonly string[], mark: string | undefined): string {
    if (parts.length > 1 && mark === undefined) {
      throw new XmlFault('xml-invalid', `MSH.2 declares no delimiter for the parts of ${this.#place()}`)
    }
    return parts.join(mark ?? '')
  }

  #readDelimiters(): void {
    const field = this.#fields[0]?.[0] ?? DELIMITERS_DEFAULT.field
    const encoding = this.#fields[1]?.[0] ?? ''
    if (!isFieldSeparator(field)) throw new XmlFault('xml-invalid', `${this.#segmentId}.1 is no field separator`)
    if (!/^[!-~]{0,16}$/.test(encoding) || encoding.includes(field)) {
      throw new XmlFault('xml-invalid', `${this.#segmentId}.2 holds no encoding characters`)
    }
    this.#delimiters = readDelimiters(field, encoding).delimiters
    this.#escaper = new Escaper(this.#delimiters)
  }

  #closeSegment(): void {
    const { field, repetition } = this.#delimiters
    const values = Array.from(this.#fields, repetitions => this.#join(repetitions ?? [], repetition))
    const header = isHeaderId(this.#segmentId)
    if (header) values.splice(0, 2, this.#encodingCharacters())
    this.#er7 += `${[this.#segmentId, ...values].join(field)}\r`
    if (this.#er7.length > this.#limits.bytesMax) {
      throw new XmlFault('xml-refused', `The message is larger than the ${this.#limits.bytesMax} bytes allowed`)
    }
    this.#segmentId = ''
  }

  /** Those that the element gives, or the recommended ones that hold without it. */
  #encodingCharacters(): string {
    const given = this.#fields[1]?.[0]
    if (given !== undefined) return given
    const { component = '', repetition = '', escape = '', subcomponent = '' } = this.#delimiters
    return component + repetition + escape + subcomponent
  }

  #encode(text: string): string {
    const value = withoutLayout(text)
    if (this.#delimiters.escape !== undefined) return this.#escaper.escape(value)
    const { field, component, repetition, subcomponent } = this.#delimiters
    const marks = [field, component, repetition, subcomponent]
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value) || marks.some(mark => mark !== undefined && value.includes(mark))) {
      throw new XmlFault('xml-invalid', `${this.#place()} needs escapes, and MSH.2 declares no escape character`)
    }
    return value
  }

  #numberOf(name: string): number {
    const digits = /\.(\d{1,6})$/.exec(name)?.[1]
    const number = Number(digits)
    if (digits === undefined || number < 1) {
      throw new XmlFault('xml-invalid', `An element of ${this.#place()} has no number at the end of its name`)
    }
    if (number > this.#limits.numberMax) {
      throw new XmlFault(
        'xml-refused',
        `${this.#place()} has an element above the number ${this.#limits.numberMax} allowed`,
      )
    }
    return number
  }

  /** Where the parser is, without a value. */
  #place(): string {
    if (this.#segmentId === '') return 'the message'
    const [field] = this.#elements
    return field === undefined ? this.#segmentId : `${this.#segmentId}.${field.number}`
  }
}

/** Pretty printers put line breaks around a value, which are no part of it; spaces alone may be. */
function withoutLayout(text: string): string {
  if (!/[\r\n]/.test(text)) return text
  const start = text.length - text.trimStart().length
  const end = Math.max(start, text.trimEnd().length)
  const from = /[\r\n]/.test(text.slice(0, start)) ? start : 0
  const to = /[\r\n]/.test(text.slice(end)) ? end : text.length
  return text.slice(from, to)
}
