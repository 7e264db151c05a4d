/**
 * The delimiters of a message, from MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4; truncation from v2.7 §2.5.5.2).
 * Any that the sender did not declare is undefined, and then divides nothing.
 */
export interface Delimiters {
  readonly field: string
  readonly component: string | undefined
  readonly repetition: string | undefined
  readonly escape: string | undefined
  readonly subcomponent: string | undefined
  readonly truncation: string | undefined
}

/** The delimiters that the standard recommends: `|^~\&`. */
export const DELIMITERS_DEFAULT: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
  truncation: undefined,
}

/** The delimiters as character codes, -1 for one that is not declared. */
export interface DelimiterCodes {
  readonly fieldCode: number
  readonly repetitionCode: number
  readonly componentCode: number
  readonly subcomponentCode: number
}

const CODES_DEFAULT: DelimiterCodes = computeCodes(DELIMITERS_DEFAULT)

export function codesOf(delimiters: Delimiters): DelimiterCodes {
  return delimiters === DELIMITERS_DEFAULT ? CODES_DEFAULT : computeCodes(delimiters)
}

function computeCodes({ field, repetition, component, subcomponent }: Delimiters): DelimiterCodes {
  const code = (mark: string | undefined): number => (mark === undefined ? -1 : mark.charCodeAt(0))
  return {
    fieldCode: code(field),
    repetitionCode: code(repetition),
    componentCode: code(component),
    subcomponentCode: code(subcomponent),
  }
}

export type DelimitersFault = 'encoding-characters-missing' | 'encoding-characters-invalid'

const ENCODING_CHARACTER = /^[!-/:-@[-`{-~]$/

/** A field separator must be visible and no letter or digit; all else would tear the segment ids apart. */
export function isFieldSeparator(character: string): boolean {
  return character === '|' || ENCODING_CHARACTER.test(character)
}

/** MSH-2 as the message declares it. */
export function formatEncodingCharacters(delimiters: Delimiters): string {
  return (
    (delimiters.component ?? '') +
    (delimiters.repetition ?? '') +
    (delimiters.escape ?? '') +
    (delimiters.subcomponent ?? '') +
    (delimiters.truncation ?? '')
  )
}

/**
 * Reads MSH-2. A character that stands twice counts once (senders that double the backslash mean one backslash); what
 * cannot be a delimiter ends the list. Without a single one, the recommended ones hold. The fault says so.
 */
export function readDelimiters(
  field: string,
  encodingCharacters: string,
): { delimiters: Delimiters; fault: DelimitersFault | undefined } {
  if (field === '|' && encodingCharacters === '^~\\&') return { delimiters: DELIMITERS_DEFAULT, fault: undefined }
  if (encodingCharacters === '') {
    return { delimiters: recommended(field), fault: 'encoding-characters-missing' }
  }
  const distinct: string[] = []
  let fault: DelimitersFault | undefined
  for (const character of encodingCharacters.slice(0, 16)) {
    if (!ENCODING_CHARACTER.test(character)) {
      fault = 'encoding-characters-invalid'
      break
    }
    if (distinct.includes(character)) fault = 'encoding-characters-invalid'
    else if (distinct.length < 5) distinct.push(character)
    else fault = 'encoding-characters-invalid'
  }
  // Then MSH-2 was left out, and what stands there is the sending application.
  if (distinct.length === 0) return { delimiters: recommended(field), fault }
  const [component, repetition, escape, subcomponent, truncation] = distinct
  return { delimiters: { field, component, repetition, escape, subcomponent, truncation }, fault }
}

/** The recommended encoding characters beside a field separator, which may be one of them. */
function recommended(field: string): Delimiters {
  const [component, repetition, escape, subcomponent] = ['^', '~', '\\', '&', '@'].filter(mark => mark !== field)
  return { field, component, repetition, escape, subcomponent, truncation: undefined }
}
