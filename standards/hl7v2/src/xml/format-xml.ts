import type { Dictionary } from '../dictionary/dictionary.ts'
import type { StructureDefinition } from '../dictionary/definition.ts'
import type { Issue } from '../issue.ts'
import type { Message } from '../message.ts'
import type { Segment } from '../segment.ts'
import { isSegmentId } from '../segment-line.ts'
import { rawComponents, rawRepetitions } from '../tools/field-parts.ts'
import { leafXml, xmlText } from './leaf-xml.ts'
import type { TreeItem } from './segment-tree.ts'
import { segmentTree } from './segment-tree.ts'

/** What the XML form asks of a dictionary. */
export type XmlDictionary = Pick<Dictionary, 'segment' | 'dataType' | 'structure' | 'structureOf'>

export interface FormatXmlOptions {
  /** Line breaks and indentation between elements; never within a value. On unless `false`. */
  readonly indent?: boolean
}

export interface FormattedXml {
  /** Starts with an XML declaration for UTF-8. */
  readonly xml: string
  /** Lines that are no segments, which XML has no name for; they are left out. */
  readonly issues: readonly Issue[]
}

export const HL7_XML_NAMESPACE = 'urn:hl7-org:v2xml'

/** Root of a message whose type makes no element name. */
const ROOT_UNKNOWN = 'HL7Message'
/** Components of what the dictionary knows no type for are named by it, as HAPI names them. */
const TYPE_UNKNOWN = 'UNKNOWN'

/**
 * A message in HL7 v2's XML encoding: `<ORU_R01><MSH>...<ORU_R01.PATIENT_RESULT>...`. Groups come from the structure of the message in the
 * dictionary, component names from its data types. Segments and components that it does not know are kept: in the group that is
 * open, and as `UNKNOWN.n`. Empty elements are left out, and `""` stays as it is.
 */
export function formatXml(message: Message, dictionary: XmlDictionary, options: FormatXmlOptions = {}): FormattedXml {
  const structure = structureOfMessage(message, dictionary)
  const issues: Issue[] = []
  const segments = message.segments().filter((segment, index) => {
    if (isSegmentId(segment.id)) return true
    issues.push({
      code: 'segment-id-invalid',
      severity: 'error',
      text: `Line ${index + 1} is no segment and has no place in XML`,
    })
    return false
  })
  const root = structure?.id ?? elementName(message.structure)
  const tree =
    structure === undefined
      ? segments.map(segment => ({ kind: 'segment', segment }) as const)
      : segmentTree(segments, structure)
  const writer = new XmlWriter(dictionary, root, options.indent !== false)
  return { xml: writer.message(tree), issues }
}

function structureOfMessage(message: Message, dictionary: XmlDictionary): StructureDefinition | undefined {
  return (
    dictionary.structure(message.structure) ??
    dictionary.structureOf(message.text('MSH-9.1') ?? '', message.text('MSH-9.2') ?? '')
  )
}

function elementName(structure: string): string {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(structure) ? structure : ROOT_UNKNOWN
}

class XmlWriter {
  readonly #dictionary: XmlDictionary
  readonly #root: string
  readonly #indent: boolean
  #xml = '<?xml version="1.0" encoding="UTF-8"?>\n'

  constructor(dictionary: XmlDictionary, root: string, indent: boolean) {
    this.#dictionary = dictionary
    this.#root = root
    this.#indent = indent
  }

  message(tree: readonly TreeItem<Segment>[]): string {
    this.#line(0, `<${this.#root} xmlns="${HL7_XML_NAMESPACE}">`)
    this.#items(tree, 1)
    this.#line(0, `</${this.#root}>`)
    return this.#indent ? this.#xml : `${this.#xml}\n`
  }

  #items(items: readonly TreeItem<Segment>[], depth: number): void {
    for (const item of items) {
      if (item.kind === 'segment') this.#segment(item.segment, depth)
      else {
        const name = `${this.#root}.${item.name}`
        this.#line(depth, `<${name}>`)
        this.#items(item.items, depth + 1)
        this.#line(depth, `</${name}>`)
      }
    }
  }

  #segment(segment: Segment, depth: number): void {
    this.#line(depth, `<${segment.id}>`)
    const { fieldCount } = segment
    for (let field = 1; field <= fieldCount; field++) this.#field(segment, field, depth + 1)
    this.#line(depth, `</${segment.id}>`)
  }

  #field(segment: Segment, field: number, depth: number): void {
    const name = `${segment.id}.${field}`
    const { context } = segment
    if (segment.isDelimiterField(field)) {
      this.#line(depth, `<${name}>${xmlText(context.decodeRaw(segment.fieldRaw(field) ?? ''))}</${name}>`)
      return
    }
    const declared = this.#dictionary.segment(segment.id)?.fields[field - 1]?.dataType ?? ''
    const dataType = declared === 'varies' && segment.id === 'OBX' ? (segment.text('2') ?? '').trim() : declared
    for (const raw of rawRepetitions(segment, field)) {
      if (raw === '') {
        // An empty repetition keeps the place of those after it.
        this.#line(depth, `<${name}/>`)
        continue
      }
      const components = rawComponents(context.decodeRaw(raw), context.delimiters)
      this.#divided(name, components, dataType, segment, depth)
    }
  }

  #divided(
    name: string,
    components: readonly (readonly string[])[],
    dataType: string,
    segment: Segment,
    depth: number,
  ): void {
    const { delimiters } = segment.context
    const definitions = this.#dictionary.dataType(dataType)?.components ?? []
    const only = components.length === 1 ? components[0] : undefined
    if (only !== undefined && only.length === 1 && definitions.length === 0) {
      this.#line(depth, `<${name}>${leafXml(only[0] ?? '', delimiters)}</${name}>`)
      return
    }
    const type = typeName(dataType)
    this.#line(depth, `<${name}>`)
    for (const [index, subcomponents] of components.entries()) {
      if (subcomponents.every(leaf => leaf === '')) continue
      const inner = definitions[index]?.dataType ?? ''
      this.#component(`${type}.${index + 1}`, subcomponents, inner, segment, depth + 1)
    }
    this.#line(depth, `</${name}>`)
  }

  #component(name: string, leaves: readonly string[], dataType: string, segment: Segment, depth: number): void {
    const { delimiters } = segment.context
    const composite = (this.#dictionary.dataType(dataType)?.components.length ?? 0) > 0
    if (leaves.length === 1 && !composite) {
      this.#line(depth, `<${name}>${leafXml(leaves[0] ?? '', delimiters)}</${name}>`)
      return
    }
    const type = typeName(dataType)
    this.#line(depth, `<${name}>`)
    for (const [index, leaf] of leaves.entries()) {
      const inner = `${type}.${index + 1}`
      if (leaf !== '') this.#line(depth + 1, `<${inner}>${leafXml(leaf, delimiters)}</${inner}>`)
    }
    this.#line(depth, `</${name}>`)
  }

  #line(depth: number, xml: string): void {
    this.#xml += this.#indent ? `${'  '.repeat(depth)}${xml}\n` : xml
  }
}

/** OBX-2 holds what a sender likes; only what can be an element's name becomes one. */
function typeName(dataType: string): string {
  return /^[A-Z][A-Z0-9_]{0,31}$/.test(dataType) ? dataType : TYPE_UNKNOWN
}
