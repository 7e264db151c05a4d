import type { DataClass } from './data-class.ts'
import type { Pseudonyms } from './pseudonyms.ts'

/** What stands in place of free text. */
export const REDACTED_TEXT = 'Redacted text'

/** HL7's explicit null says "delete", about nobody in particular. */
const NULL_TEXT = '""'

/** What rewriting needs to know beyond the text. */
export interface RewriteContext {
  readonly pseudonyms: Pseudonyms
  /** Whom moments belong to; undefined where moments stay. */
  readonly momentsOf: string | undefined
  readonly dataType: string
}

/** Decoded leaves: components of subcomponents. */
export type Leaves = readonly (readonly string[])[]

type LeafRewriter = (text: string, component: number, subcomponent: number) => string

/** The same repetition without what its class hides. */
export function rewriteRepetition(leaves: Leaves, dataClass: DataClass, context: RewriteContext): Leaves {
  const rewrite = rewriterOf(dataClass, leaves, context)
  return leaves.map((subcomponents, c) =>
    subcomponents.map((text, s) => (text === '' || text === NULL_TEXT ? text : rewrite(text, c + 1, s + 1))),
  )
}

function rewriterOf(dataClass: DataClass, leaves: Leaves, context: RewriteContext): LeafRewriter {
  const { pseudonyms, dataType } = context
  switch (dataClass) {
    case 'name':
      return (text, component, subcomponent) => namePart(text, component, subcomponent, pseudonyms)
    case 'person':
      return dataType === 'NDL' || dataType === 'CM_NDL' || dataType === 'CM_PRACTITIONER'
        ? (text, component, subcomponent) => (component === 1 ? personPart(text, subcomponent, 1, pseudonyms) : text)
        : (text, component, subcomponent) => personPart(text, component, subcomponent, pseudonyms)
    case 'identifier':
      return (text, component, subcomponent) => identifierPart(text, component, subcomponent, context)
    case 'address':
      return (text, component, subcomponent) => addressPart(text, component, subcomponent, pseudonyms)
    case 'phone':
      return (text, component) => phonePart(text, component, pseudonyms)
    case 'birth-date':
      return (text, component) => (component === 1 ? pseudonyms.birthDate(text) : '')
    case 'moment': {
      const who = context.momentsOf
      return text => (who === undefined || !/^\d{4}/.test(text) ? text : pseudonyms.moment(text, who))
    }
    case 'text':
      return (_, component, subcomponent) => (component === 1 && subcomponent === 1 ? REDACTED_TEXT : '')
    case 'coded':
      return (text, component) => codedPart(text, component, leaves)
    case 'location':
      return (text, component) => (component === 9 ? '' : text)
    case 'clear':
      return () => ''
    case 'keep':
      return text => text
  }
}

/** XPN (HL7 v2.9 §2.A.93), and PN, its forerunner. Suffix, prefix, degree and the codes stay; dates of validity go. */
function namePart(text: string, component: number, subcomponent: number, pseudonyms: Pseudonyms): string {
  switch (component) {
    case 1:
      // FN: surname, own prefix, own surname, partner's prefix, partner's surname.
      return subcomponent % 2 === 1 ? pseudonyms.familyName(text) : ''
    case 2:
    case 3:
    case 15:
      return pseudonyms.givenName(text)
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 11:
      return text
    default:
      return ''
  }
}

/** XCN (§2.A.90) and CN: an identifier, then a name one place further right, then the identifier's authority. */
function personPart(text: string, component: number, subcomponent: number, pseudonyms: Pseudonyms): string {
  if (component === 1) return pseudonyms.identifier(text)
  if (component <= 7) return namePart(text, component - 1, subcomponent, pseudonyms)
  // The check digit would no longer fit, and the dates of validity tell of the person.
  return component === 11 || component === 17 || component === 19 || component === 20 || component === 24 ? '' : text
}

/** CX (§2.A.14), EI, PLN, DLN: the first component; EIP (§2.A.29) holds two of them as subcomponents. */
function identifierPart(text: string, component: number, subcomponent: number, context: RewriteContext): string {
  const { pseudonyms, dataType } = context
  if (dataType === 'EIP' || dataType === 'CM_EIP') return subcomponent === 1 ? pseudonyms.identifier(text) : text
  if (component === 1) return pseudonyms.identifier(text)
  const checkDigit = component === 2 && /^[0-9A-Z]$/.test(text)
  return checkDigit ? '' : text
}

/** XAD (§2.A.88): state, country and the codes stay. */
function addressPart(text: string, component: number, subcomponent: number, pseudonyms: Pseudonyms): string {
  switch (component) {
    case 1:
      // SAD: whole address, street, dwelling number.
      return subcomponent === 1 ? pseudonyms.street(text) : subcomponent === 2 ? 'Testveien' : pseudonyms.shape(text)
    case 3:
      return pseudonyms.place(text)
    case 5:
      return pseudonyms.shape(text)
    case 4:
    case 6:
    case 7:
    case 11:
      return text
    default:
      return ''
  }
}

/** XTN (§2.A.94): uses, types and country code stay. */
function phonePart(text: string, component: number, pseudonyms: Pseudonyms): string {
  switch (component) {
    case 1:
    case 6:
    case 7:
    case 8:
    case 12:
      return pseudonyms.phone(text)
    case 4:
      return pseudonyms.email(text)
    case 2:
    case 3:
    case 5:
      return text
    default:
      return ''
  }
}

/** CWE (§2.A.13) and its like: a text is kept beside its code, and the original text of component 9 never. */
function codedPart(text: string, component: number, leaves: Leaves): string {
  if (component === 9) return ''
  if (component !== 2 && component !== 5) return text
  return leaves[component - 2]?.some(leaf => leaf !== '') === true ? text : REDACTED_TEXT
}
