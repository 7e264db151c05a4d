import type { Delimiters } from './delimiters.ts'
import { Hl7Error } from './hl7-error.ts'

/** Turns the bytes of a `\Xhh..\` escape into text; undefined where they are none in the message's character set. */
export type HexDecoder = (bytes: string) => string | undefined

const HEX = /^(?:[0-9A-Fa-f]{2})+$/
/**
 * Sequences that instruct a display and stand for no characters: highlighting, formatting commands, character set
 * switches, local ones (HL7 v2.5.1 §2.7). Text keeps them verbatim in both directions, so that reading loses nothing.
 */
const FORMATTING =
  /^(?:[HN]|\.(?:sp\d*|in[+-]?\d*|ti[+-]?\d*|sk[+-]?\d*|fi|nf|ce)|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?|Z[0-9A-Za-z]*)$/
/** What looks like an escape, known or not: it is passed over whole. Anything else is a stray escape character. */
const SEQUENCE = /^[A-Z.][0-9A-Za-z.+-]*$/

/** Whether the body of an escape (between the escape characters) is a known formatting command. */
export function isFormattingCommand(body: string): boolean {
  return FORMATTING.test(body)
}

/**
 * Decodes the escapes of one leaf value (HL7 v2.5.1 §2.7, `\P\` from v2.7). A line break `\.br\` becomes `\n`. Formatting
 * commands, unknown and broken escapes stay as they came.
 */
export function unescapeText(raw: string, delimiters: Delimiters, decodeHex: HexDecoder = decodeLatin1Hex): string {
  const mark = delimiters.escape
  if (mark === undefined) return raw
  let from = raw.indexOf(mark)
  if (from < 0) return raw
  let text = raw.slice(0, from)
  while (from < raw.length) {
    const to = raw.indexOf(mark, from + 1)
    if (to < 0) return text + raw.slice(from)
    const value = unescapeBody(raw.slice(from + 1, to), delimiters, decodeHex)
    if (value === undefined) {
      if (!SEQUENCE.test(raw.slice(from + 1, to))) {
        // A stray mark: the one that was found may open a real sequence, as in 'a \ b\T\c'.
        text += raw.slice(from, to)
        from = to
        continue
      }
      text += raw.slice(from, to + 1)
      from = to + 1
    } else {
      text += value
      from = to + 1
    }
    const next = raw.indexOf(mark, from)
    if (next < 0) return text + raw.slice(from)
    text += raw.slice(from, next)
    from = next
  }
  return text
}

function unescapeBody(body: string, delimiters: Delimiters, decodeHex: HexDecoder): string | undefined {
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
    case '.br':
    case '.BR':
      return '\n'
  }
  if (body.charCodeAt(0) !== 0x58 || !HEX.test(body.slice(1))) return undefined
  let bytes = ''
  for (let i = 1; i < body.length; i += 2) bytes += String.fromCharCode(Number.parseInt(body.slice(i, i + 2), 16))
  return decodeHex(bytes)
}

function decodeLatin1Hex(bytes: string): string {
  return bytes
}

/** The escapes of one set of delimiters, compiled once. */
export class Escaper {
  readonly #delimiters: Delimiters
  readonly #markCode: number
  /** What stands for a character, by its code. A table: measured on short texts, a regular expression takes twice the time. */
  readonly #sequences: readonly (string | undefined)[]

  constructor(delimiters: Delimiters) {
    const { field, component, repetition, escape, subcomponent, truncation } = delimiters
    const sequences: (string | undefined)[] = Array.from({ length: 128 }, () => undefined)
    const put = (character: string | undefined, body: string): void => {
      if (character !== undefined) sequences[character.charCodeAt(0)] = `${escape ?? ''}${body}${escape ?? ''}`
    }
    for (let code = 0; code < 128; code++) {
      const hex = code.toString(16).toUpperCase().padStart(2, '0')
      if ((code < 0x20 && code !== 0x09) || code === 0x7f) put(String.fromCharCode(code), `X${hex}`)
    }
    const pointTaken = [field, component, repetition, escape, subcomponent, truncation].includes('.')
    put('\n', pointTaken ? 'X0A' : '.br')
    put(field, 'F')
    put(component, 'S')
    put(subcomponent, 'T')
    put(repetition, 'R')
    put(truncation, 'P')
    put(escape, 'E')
    this.#delimiters = delimiters
    this.#markCode = escape === undefined ? -1 : escape.charCodeAt(0)
    this.#sequences = sequences
  }

  /**
   * Encodes a text as one leaf value: delimiters become escapes, `\n` becomes `\.br\`, other control characters `\Xhh\`
   * (a raw one could end the segment or the MLLP frame). Known formatting commands in the text stay what they are.
   */
  escape(text: string): string {
    const sequences = this.#sequences
    let raw = ''
    let copied = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      const sequence = code < 128 ? sequences[code] : undefined
      if (sequence === undefined) continue
      const command = code === this.#markCode ? formattingAt(text, i) : undefined
      raw += text.slice(copied, i) + (command === undefined ? sequence : this.escapeFormatting(command))
      if (command !== undefined) i += command.length - 1
      copied = i + 1
    }
    if (copied === 0) return text
    if (this.#markCode < 0) {
      throw new Hl7Error('text-not-encodable', 'The text needs escapes, but MSH-2 declares no escape character')
    }
    return raw + text.slice(copied)
  }

  private escapeFormatting(command: string): string {
    const { field, component, repetition, subcomponent, truncation } = this.#delimiters
    const inner = command.slice(1, -1)
    for (const delimiter of [field, component, repetition, subcomponent, truncation]) {
      if (delimiter !== undefined && inner.includes(delimiter)) {
        const mark = command.charAt(0)
        return `${mark}E${mark}${this.escape(inner)}${mark}E${mark}`
      }
    }
    return command
  }
}

/** Longest formatting command that is looked for, which keeps escaping linear in the length of the text. */
const FORMATTING_LENGTH_MAX = 64

/** The formatting command that begins at the escape character at `start`, with both its escape characters. */
function formattingAt(text: string, start: number): string | undefined {
  const window = text.slice(start, start + FORMATTING_LENGTH_MAX)
  const end = window.indexOf(window.charAt(0), 1)
  return end > 0 && isFormattingCommand(window.slice(1, end)) ? window.slice(0, end + 1) : undefined
}

/** Encodes a text as one leaf value. For many values of one message, keep an `Escaper`. */
export function escapeText(text: string, delimiters: Delimiters): string {
  return new Escaper(delimiters).escape(text)
}
