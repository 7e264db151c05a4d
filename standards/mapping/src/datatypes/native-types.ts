import type { NativeType } from '../compile/compiled-map.ts'
import type { V2Value } from '../read/v2-value.ts'
import type { ResourceNode, RunContext } from '../run/run-context.ts'
import { encapsulatedData, PLAIN_TEXT, referencePointer } from './attachments.ts'
import { codingSystem } from './code-systems.ts'
import { codeableConcept, codingOf } from './codeable-concept.ts'
import { contactPoint } from './contacts.ts'
import {
  authorityInto,
  codedIdentifier,
  entityIdentifier,
  hdDevice,
  hdEndpoint,
  hdOrganization,
  hdUri,
  nameAuthority,
  pairIdentifier,
} from './identifiers.ts'
import { locationOf } from './places.ts'
import { booleanOf } from './primitive.ts'
import {
  compositeQuantity,
  dateRange,
  dayCount,
  numericQuantity,
  numericRange,
  numericText,
  sampledData,
  structuredQuantity,
  structuredRange,
  structuredRatio,
  unitOf,
} from './quantities.ts'
import { nameText } from './names.ts'
import { fhirDateTime, fhirInstant } from './timestamps.ts'
import { quantityTiming, repeatTiming } from './timing.ts'
import type { Vocabulary } from './vocabulary.ts'
import { mapCode } from './vocabulary.ts'

type VocabularyOf = (name: string) => Vocabulary

function plain(make: (value: V2Value, run: RunContext) => unknown): (vocabularyOf: VocabularyOf) => NativeType {
  return () => (value, run) => make(value, run)
}

function withVocabulary(make: NativeType): (vocabularyOf: VocabularyOf) => NativeType {
  return () => make
}

function textOf(...components: readonly number[]): (vocabularyOf: VocabularyOf) => NativeType {
  return plain((value, run) => {
    for (const n of components) {
      const text = value.partText(n)
      if (text === '') continue
      run.took(value.part(n))
      return text
    }
    return undefined
  })
}

/** The first code there is; with a vocabulary the code of FHIR. */
const code: NativeType = (value, run, vocabulary) => {
  const n = value.partText(1) === '' && value.partText(4) !== '' ? 4 : 1
  const text = value.partText(n)
  if (text === '') return undefined
  run.took(value.part(n))
  if (run.explain) for (const rest of [2, 3]) run.took(value.part(rest), '')
  return vocabulary === undefined ? text.replace(/\s+/g, ' ') : mapCode(vocabulary, text, run, value.partText(2))?.code
}

function contact(vocabularyOf: VocabularyOf): NativeType {
  const vocabularies = {
    use: vocabularyOf('TelecommunicationUseCode'),
    equipment: vocabularyOf('TelecommunicationEquipmentType'),
  }
  return (value, run) => contactPoint(value, run, vocabularies)
}

const concept = withVocabulary((value, run, vocabulary) => codeableConcept(value, run, vocabulary))
const entity = plain(entityIdentifier)
const boolean = plain((value, run) => {
  run.took(value)
  return booleanOf(value.text)
})
const dateTime = plain((value, run) => {
  run.took(value)
  return fhirDateTime(value.text, run)
})

/**
 * Data types that code converts better than rows do: where a value decides what its neighbours mean, where digits or texts must be
 * read, and those that every message has hundreds of. Keys as `mapKey` makes them.
 */
export const NATIVE_TYPES: ReadonlyMap<string, (vocabularyOf: VocabularyOf) => NativeType> = new Map([
  ['cwe[codeableconcept]', concept],
  ['ce[codeableconcept]', concept],
  ['cne[codeableconcept]', concept],
  ['cf[codeableconcept]', concept],
  ['is[codeableconcept]', concept],
  ['id[codeableconcept]', concept],
  ['st[codeableconcept]', plain((value, run) => (run.took(value, '.text'), { text: value.text }))],
  ['cwe[coding]', withVocabulary((value, run, vocabulary) => codingOf(value, run, vocabulary))],
  ['id[coding]', withVocabulary((value, run, vocabulary) => codingOf(value, run, vocabulary))],
  ['cwe[code]', withVocabulary(code)],
  ['id[code]', withVocabulary(code)],
  ['is[code]', withVocabulary(code)],
  ['cq[code]', plain((value, run) => (run.took(value.part(2)), value.part(2)?.text))],
  ['cwe[string]', textOf(9, 2, 1)],
  ['id[string]', textOf(1)],
  ['is[string]', textOf(1)],
  ['cx[string]', textOf(1)],
  ['xon[string]', textOf(1, 10)],
  ['cwe[uri]', plain((value, run) => codedIdentifier(value, run)?.['system'])],
  ['cwe[quantity]', plain(unitOf)],
  ['cwe[identifier]', plain(codedIdentifier)],
  ['id[boolean]', boolean],
  ['ei[identifier-extension]', entity],
  ['ei[identifier-organization]', entity],
  ['ei[identifier-defaultassigner]', entity],
  ['ei[identifier-system]', entity],
  ['eip[identifier-placerassignedidentifier]', plain(pairIdentifier(1, 'PGN'))],
  ['eip[identifier-fillerassignedidentifier]', plain(pairIdentifier(2, 'FGN'))],
  ['st[identifier]', plain((value, run) => (run.took(value, '.value'), { value: value.text }))],
  ['hd[organization]', plain(hdOrganization)],
  ['hd[device]', plain(hdDevice)],
  ['hd[uri]', plain(hdUri)],
  [
    'hd[authority]',
    plain((value, run) => {
      const holder = {}
      authorityInto(holder, value, run)
      return holder
    }),
  ],
  ['hd[string]', textOf(1, 2)],
  ['hd[endpoint]', plain(hdEndpoint)],
  ['xpn[string]', plain(nameText)],
  ['nm[text]', plain(numericText)],
  ['any[text]', plain((value, run) => (run.took(value), value.whole))],
  [
    'tx[attachment]',
    plain((value, run) => (run.took(value, '.data'), { contentType: 'text/plain', [PLAIN_TEXT]: value.whole })),
  ],
  [
    'msg[string]',
    plain(
      (value, run) => (
        run.took(value),
        [1, 2, 3]
          .map(n => value.partText(n))
          .filter(text => text !== '')
          .join('^')
      ),
    ),
  ],
  ['cnn[authority]', plain(nameAuthority)],
  ['st[codesystem]', plain((value, run) => (run.took(value), codingSystem(value.text, '', run)))],
  [
    'st[system]',
    plain((value, run) => {
      run.took(value)
      return { system: codingSystem(value.text, '', run) }
    }),
  ],
  // Allergy reactions come as codes from some and as words from most: words without a system are no code.
  [
    'cwe[manifestation]',
    plain((value, run) => {
      const words = value.partText(2) === '' && value.partText(3) === ''
      if (words) run.took(value, '.text')
      return words ? { text: value.text } : codeableConcept(value, run)
    }),
  ],
  ['tq[timing]', plain(quantityTiming)],
  ['tq[start]', plain((value, run) => (run.took(value.part(4)), fhirInstant(value.partText(4), run)))],
  ['tq[end]', plain((value, run) => (run.took(value.part(5)), fhirInstant(value.partText(5), run)))],
  [
    'cwe[annotation]',
    plain((value, run) => (run.took(value, '.text'), { text: value.partText(9) || value.partText(2) || value.whole })),
  ],
  ['xtn[contactpoint]', contact],
  ['cq[quantity]', plain(compositeQuantity)],
  ['nm[quantity]', plain(numericQuantity)],
  ['nm[quantity-lengthofstay]', plain(dayCount)],
  ['sn[quantity]', plain(structuredQuantity)],
  ['sn[range]', plain(structuredRange)],
  ['sn[ratio]', plain(structuredRatio)],
  ['nr[range]', plain(numericRange)],
  ['dr[period]', plain(dateRange)],
  ['dr[datetime]', plain((value, run) => dateRange(value, run)?.['start'])],
  ['ts[datetime]', dateTime],
  ['dtm[datetime]', dateTime],
  ['na[sampleddata]', plain(sampledData)],
  ['ed[attachment]', plain(encapsulatedData)],
  ['rp[attachment]', plain(referencePointer)],
  ['rpt[timing]', plain(repeatTiming)],
])

/** Data types that make resources of their own. */
export const NATIVE_NODES: ReadonlyMap<string, (value: V2Value, run: RunContext) => ResourceNode | undefined> = new Map(
  [['pl[location]', locationOf]],
)
