import type { SaxesTagNS } from 'saxes'
import { SaxesParser } from 'saxes'
import type { Issue, IssueCode, IssueSeverity } from '../issue.ts'
import { keepLiteral } from '../json/decimal-literals.ts'
import type { ReadLimits } from '../json/limits.ts'
import type { ParseResult } from '../json/parse-json.ts'
import type { JsonNode } from '../validation/json-node.ts'
import { Location } from '../validation/location.ts'
import type { Member, NodeShape } from '../validation/shape.ts'
import type { TypeShapes } from '../validation/type-shapes.ts'
import { XHTML_NAMESPACE, XhtmlWriter } from './xhtml-writer.ts'

export const FHIR_NAMESPACE = 'http://hl7.org/fhir'

/** Ends the reading: what follows makes no sense any more. */
class XmlFault extends Error {
  readonly code: IssueCode

  constructor(code: IssueCode, message: string) {
    super(message)
    this.code = code
  }
}

type MutableNode = Record<string, unknown>

/** An element whose members follow. */
interface NodeFrame {
  readonly kind: 'node'
  readonly shape: NodeShape
  readonly node: MutableNode
  /** How many of a repeating primitive have been read. */
  readonly counts: Map<string, number>
}

/** A primitive: its extensions follow. */
interface PrimitiveFrame {
  readonly kind: 'primitive'
  readonly parent: NodeFrame
  readonly member: Member
  readonly value: string | undefined
  extra: NodeFrame | undefined
}

/** `contained` and `resource`: one resource follows. */
interface WrapperFrame {
  readonly kind: 'wrapper'
  readonly parent: NodeFrame
  readonly member: Member
  isFilled: boolean
}

/** What is not defined is passed over, and so is what is inside. */
interface SkippedFrame {
  readonly kind: 'skipped'
}

type Frame = NodeFrame | PrimitiveFrame | WrapperFrame | SkippedFrame

const NUMBERS = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt'])
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Builds the resource of a document, as its elements open and close. A reader reads one document. */
export class XmlResourceReader {
  readonly #shapes: TypeShapes
  readonly #limits: ReadLimits
  readonly #parser = new SaxesParser({ xmlns: true, position: true })
  readonly #stack: Frame[] = []
  readonly #location = new Location()
  readonly #issues: Issue[] = []
  #root: MutableNode | undefined
  #xhtml: { readonly writer: XhtmlWriter; readonly parent: NodeFrame; readonly key: string } | undefined

  constructor(shapes: TypeShapes, limits: ReadLimits) {
    this.#shapes = shapes
    this.#limits = limits
  }

  read(text: string): ParseResult<JsonNode> {
    const parser = this.#parser
    parser.on('error', error => {
      throw new XmlFault('xml-invalid', `This is not well-formed XML: ${withoutPosition(error.message)}`)
    })
    parser.on('doctype', () => {
      throw new XmlFault(
        'xml-refused',
        'A document type is not read: FHIR has none, and it can hide what the text says',
      )
    })
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8')
        throw new XmlFault('xml-refused', 'FHIR is always sent in UTF-8')
    })
    parser.on('opentag', tag => this.#open(tag))
    parser.on('closetag', tag => this.#close(tag))
    parser.on('text', found => this.#text(found))
    parser.on('cdata', found => this.#text(found))
    try {
      parser.write(text).close()
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error
      this.#report('fatal', error.code, error.message)
    }
    if (this.#root === undefined || this.#issues.length > 0) {
      if (this.#issues.length === 0) this.#report('fatal', 'input-empty', 'There is no content')
      return { ok: false, issues: this.#issues }
    }
    return { ok: true, value: this.#root }
  }

  #open(tag: SaxesTagNS): void {
    if (this.#stack.length + (this.#xhtml?.writer.depth ?? 0) >= this.#limits.depthMax) {
      throw new XmlFault('input-too-deep', `The input is more than ${this.#limits.depthMax} levels deep`)
    }
    if (this.#xhtml !== undefined) {
      this.#xhtml.writer.open(tag)
      return
    }
    const top = this.#stack.at(-1)
    switch (top?.kind) {
      case undefined:
        this.#openRoot(tag)
        return
      case 'skipped':
        this.#stack.push({ kind: 'skipped' })
        return
      case 'wrapper':
        this.#openWrapped(tag, top)
        return
      case 'primitive':
        this.#openMember(tag, this.#extraOf(top))
        return
      case 'node':
        this.#openMember(tag, top)
        return
    }
  }

  #openRoot(tag: SaxesTagNS): void {
    const node = this.#resource(tag)
    if (node === undefined) throw new XmlFault('resource-type-unknown', `A document is a resource of ${FHIR_NAMESPACE}`)
    this.#location.push(tag.local, -1, undefined)
    this.#root = node.node
    this.#stack.push(node)
  }

  #openWrapped(tag: SaxesTagNS, wrapper: WrapperFrame): void {
    const frame = this.#resource(tag)
    if (frame === undefined || wrapper.isFilled) {
      const text = wrapper.isFilled ? 'Only one resource may stand here' : 'This is no resource of FHIR R4'
      this.#skip(wrapper.isFilled ? 'element-too-many' : 'resource-type-unknown', text)
      return
    }
    wrapper.isFilled = true
    this.#attach(wrapper.parent, wrapper.member, frame.node)
    this.#stack.push(frame)
  }

  #resource(tag: SaxesTagNS): NodeFrame | undefined {
    const { local, uri } = tag
    const shape = uri === FHIR_NAMESPACE && this.#shapes.isResourceType(local) ? this.#shapes.get(local) : undefined
    if (shape === undefined) return undefined
    this.#checkAttributes(tag, [])
    return { kind: 'node', shape, node: { resourceType: local }, counts: new Map() }
  }

  #openMember(tag: SaxesTagNS, parent: NodeFrame): void {
    const { local, uri } = tag
    const member = parent.shape.members.get(local)
    const isXhtml = member?.variant.type === 'xhtml'
    if (
      member === undefined ||
      member.isExtra ||
      isAttribute(parent.shape, local) ||
      uri !== (isXhtml ? XHTML_NAMESPACE : FHIR_NAMESPACE)
    ) {
      this.#location.push(local, -1, undefined)
      this.#skip(
        'element-unknown',
        `${parent.shape.type} has no such element${uri === FHIR_NAMESPACE ? '' : ' of this namespace'}`,
      )
      return
    }
    if (isXhtml) {
      const writer = new XhtmlWriter()
      writer.open(tag)
      this.#xhtml = { writer, parent, key: local }
      return
    }
    this.#location.push(member.element.name, this.#indexOf(parent, member), member)
    if (member.variant.check !== undefined) this.#openPrimitive(tag, parent, member)
    else if (member.variant.type === 'Resource') {
      this.#checkAttributes(tag, [])
      this.#stack.push({ kind: 'wrapper', parent, member, isFilled: false })
    } else this.#openNode(tag, parent, member)
  }

  #openPrimitive(tag: SaxesTagNS, parent: NodeFrame, member: Member): void {
    this.#checkAttributes(tag, ['value', 'id'])
    const frame: PrimitiveFrame = {
      kind: 'primitive',
      parent,
      member,
      value: attribute(tag, 'value'),
      extra: undefined,
    }
    const id = attribute(tag, 'id')
    if (id !== undefined) this.#extraOf(frame).node['id'] = id
    this.#stack.push(frame)
  }

  #openNode(tag: SaxesTagNS, parent: NodeFrame, member: Member): void {
    const { type } = member.variant
    const shape = member.element.inner ?? this.#shapes.get(type)
    if (shape === undefined) throw new XmlFault('element-unknown', `The type ${type} is not known`)
    const isExtension = type === 'Extension'
    this.#checkAttributes(tag, isExtension ? ['id', 'url'] : ['id'])
    const node: MutableNode = {}
    for (const name of ['id', 'url']) {
      const value = attribute(tag, name)
      if (value !== undefined && (name === 'id' || isExtension)) node[name] = value
    }
    this.#attach(parent, member, node)
    this.#stack.push({ kind: 'node', shape, node, counts: new Map() })
  }

  #extraOf(frame: PrimitiveFrame): NodeFrame {
    const shape = this.#shapes.get('Element')
    if (shape === undefined) throw new XmlFault('element-unknown', 'The type Element is not known')
    frame.extra ??= { kind: 'node', shape, node: {}, counts: new Map() }
    return frame.extra
  }

  #close(tag: SaxesTagNS): void {
    const xhtml = this.#xhtml
    if (xhtml !== undefined) {
      xhtml.writer.close(tag)
      if (xhtml.writer.depth > 0) return
      xhtml.parent.node[xhtml.key] = xhtml.writer.toString()
      this.#xhtml = undefined
      return
    }
    const frame = this.#stack.pop()
    if (frame?.kind === 'primitive') this.#closePrimitive(frame)
    else if (frame?.kind === 'node') padLists(frame)
    else if (frame?.kind === 'wrapper' && !frame.isFilled)
      this.#report('error', 'element-empty', 'A resource is expected here')
    const top = this.#stack.at(-1)
    // The resource inside a wrapper has no place of its own.
    if (top?.kind !== 'wrapper') this.#location.pop()
  }

  #closePrimitive({ parent, member, value, extra }: PrimitiveFrame): void {
    const { key, type } = member.variant
    if (extra !== undefined) padLists(extra)
    if (!member.element.isList) {
      if (parent.node[key] !== undefined || parent.node[`_${key}`] !== undefined) {
        this.#report('error', 'element-repeated', `${member.element.name} may stand once only`)
        return
      }
      if (value !== undefined) parent.node[key] = primitive(parent.node, key, undefined, type, value)
      if (extra !== undefined) parent.node[`_${key}`] = extra.node
      return
    }
    const index = parent.counts.get(key) ?? 0
    parent.counts.set(key, index + 1)
    if (value !== undefined) placeAt(parent.node, key, index, primitive(parent.node, key, index, type, value))
    if (extra !== undefined) placeAt(parent.node, `_${key}`, index, extra.node)
  }

  #attach(parent: NodeFrame, member: Member, value: MutableNode): void {
    const { key } = member.variant
    if (!member.element.isList) {
      if (parent.node[key] !== undefined)
        this.#report('error', 'element-repeated', `${member.element.name} may stand once only`)
      parent.node[key] = value
      return
    }
    const index = parent.counts.get(key) ?? 0
    parent.counts.set(key, index + 1)
    placeAt(parent.node, key, index, value)
  }

  #indexOf(parent: NodeFrame, member: Member): number {
    return member.element.isList ? (parent.counts.get(member.variant.key) ?? 0) : -1
  }

  #text(text: string): void {
    if (this.#xhtml !== undefined) this.#xhtml.writer.write(text)
    else if (this.#stack.length > 0 && this.#stack.at(-1)?.kind !== 'skipped' && /\S/.test(text)) {
      this.#report('error', 'xml-invalid', 'Text stands between elements: FHIR keeps values in attributes')
    }
  }

  #checkAttributes(tag: SaxesTagNS, allowed: readonly string[]): void {
    for (const { name, prefix, uri } of Object.values(tag.attributes)) {
      // Where a schema is found, and namespaces, say nothing of the resource.
      const isAside = name === 'xmlns' || prefix === 'xmlns' || uri === 'http://www.w3.org/2001/XMLSchema-instance'
      if (!isAside && !allowed.includes(name))
        this.#report('error', 'element-unknown', 'The element has an attribute that FHIR does not know')
    }
  }

  #skip(code: IssueCode, text: string): void {
    this.#report('error', code, text)
    this.#stack.push({ kind: 'skipped' })
  }

  #report(severity: IssueSeverity, code: IssueCode, text: string): void {
    if (this.#issues.length >= this.#limits.issuesMax && severity !== 'fatal') return
    const { line, column, position } = this.#parser
    const path = this.#location.text()
    this.#issues.push({
      severity,
      code,
      text,
      ...(path === '' ? {} : { path }),
      position: { offset: position, line, column: column + 1 },
    })
  }
}

function attribute(tag: SaxesTagNS, name: string): string | undefined {
  return Object.hasOwn(tag.attributes, name) ? tag.attributes[name]?.value : undefined
}

/** The id of an element and the url of an extension are attributes; a resource's id is an element. */
export function isAttribute(shape: NodeShape, key: string): boolean {
  return (key === 'id' && shape.kind !== 'resource') || (key === 'url' && shape.type === 'Extension')
}

/** The value as JSON has it; a text that is no number or boolean stays a text, and the validator will say so. */
function primitive(holder: object, key: string, index: number | undefined, type: string, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (!NUMBERS.has(type) || !NUMBER.test(text)) return text
  const number = Number(text)
  if (String(number) !== text) keepLiteral(holder, key, index, text)
  return number
}

function placeAt(node: MutableNode, key: string, index: number, value: unknown): void {
  const list = node[key]
  const entries: unknown[] = Array.isArray(list) ? list : []
  while (entries.length < index) entries.push(null)
  entries.push(value)
  node[key] = entries
}

/** The lists of a primitive's values and extensions run in parallel to the end (FHIR R4 json.html#primitive). */
function padLists({ node, counts }: NodeFrame): void {
  for (const [key, count] of counts) {
    for (const list of [node[key], node[`_${key}`]])
      if (Array.isArray(list)) while (list.length < count) list.push(null)
  }
}

/** Where it is, is told beside the text; and what stands there is not repeated. */
function withoutPosition(message: string): string {
  return message.replace(/^[^:]*:?\d+:\d+: /, '').replace(/: .*$/s, '')
}
