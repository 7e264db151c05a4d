import type { Issue, IssueCode } from '../issue.ts'
import { decimalText } from '../json/decimal-literals.ts'
import { READ_LIMITS_DEFAULT } from '../json/limits.ts'
import type { ParseResult } from '../json/parse-json.ts'
import { isNode, type JsonNode, textAt } from '../validation/json-node.ts'
import { Location } from '../validation/location.ts'
import type { Member, NodeShape } from '../validation/shape.ts'
import type { TypeShapes } from '../validation/type-shapes.ts'
import { embeddableXhtml } from './xhtml-writer.ts'
import { FHIR_NAMESPACE, isAttribute } from './xml-resource-reader.ts'
import { canBeXml, escapeAttribute } from './xml-text.ts'

/** Writes one resource, its elements in the order of their definition. */
export class XmlResourceWriter {
  readonly #shapes: TypeShapes
  readonly #isPretty: boolean
  readonly #issues: Issue[] = []
  readonly #location = new Location()
  #text = ''

  constructor(shapes: TypeShapes, isPretty: boolean) {
    this.#shapes = shapes
    this.#isPretty = isPretty
  }

  write(resource: unknown): ParseResult<string> {
    this.#text = '<?xml version="1.0" encoding="UTF-8"?>'
    if (isNode(resource)) this.#resource(resource, 0, true)
    else this.#report('resource-expected', 'A resource is an object')
    if (this.#issues.length > 0) return { ok: false, issues: this.#issues }
    return { ok: true, value: this.#isPretty ? `${this.#text}\n` : this.#text }
  }

  #resource(resource: JsonNode, depth: number, isRoot: boolean): void {
    const type = textAt(resource, 'resourceType')
    const shape = type !== undefined && this.#shapes.isResourceType(type) ? this.#shapes.get(type) : undefined
    if (shape === undefined) {
      this.#report('resource-type-unknown', 'What has no resourceType of FHIR R4 cannot be written')
      return
    }
    if (isRoot) this.#location.push(shape.type, -1, undefined)
    this.#element(shape.type, isRoot ? ` xmlns="${FHIR_NAMESPACE}"` : '', depth, () =>
      this.#members(resource, shape, depth + 1),
    )
  }

  /** One element; without content it is written in one tag. */
  #element(name: string, attributes: string, depth: number, content: () => void): void {
    this.#line(depth)
    this.#text += `<${name}${attributes}`
    const before = this.#text
    this.#text += '>'
    const { length } = this.#text
    content()
    if (this.#text.length === length) {
      this.#text = `${before}/>`
      return
    }
    this.#line(depth)
    this.#text += `</${name}>`
  }

  #line(depth: number): void {
    if (this.#isPretty) this.#text += `\n${'  '.repeat(depth)}`
  }

  #members(node: JsonNode, shape: NodeShape, depth: number): void {
    if (depth > READ_LIMITS_DEFAULT.depthMax) {
      this.#report('input-too-deep', `The resource is more than ${READ_LIMITS_DEFAULT.depthMax} levels deep`)
      return
    }
    for (const key in node) {
      if (
        !shape.members.has(key) &&
        !(shape.kind === 'resource' && key === 'resourceType') &&
        node[key] !== undefined
      ) {
        this.#report('element-unknown', `${shape.type} has an element that is not defined, and XML has no place for it`)
      }
    }
    for (const [key, member] of shape.members) {
      if (member.isExtra || isAttribute(shape, key)) continue
      const value = node[key]
      const extra = member.variant.check === undefined ? undefined : node[`_${key}`]
      if (value !== undefined || extra !== undefined) this.#member(node, member, value, extra, depth)
    }
  }

  #member(node: JsonNode, member: Member, value: unknown, extra: unknown, depth: number): void {
    if (!Array.isArray(value) && !Array.isArray(extra)) {
      this.#entry(node, member, value, extra, undefined, depth)
      return
    }
    if (!member.element.isList) {
      this.#report('list-unexpected', `${member.element.name} does not repeat: it is no list`)
      return
    }
    const values: readonly unknown[] = Array.isArray(value) ? value : []
    const extras: readonly unknown[] = Array.isArray(extra) ? extra : []
    for (let index = 0; index < Math.max(values.length, extras.length); index++) {
      this.#entry(node, member, values[index] ?? undefined, extras[index] ?? undefined, index, depth)
    }
  }

  #entry(
    holder: JsonNode,
    member: Member,
    value: unknown,
    extra: unknown,
    index: number | undefined,
    depth: number,
  ): void {
    const { element, variant } = member
    this.#location.push(element.name, index ?? -1, member)
    if (variant.type === 'xhtml') this.#xhtml(value, depth)
    else if (variant.check !== undefined) this.#primitive(holder, member, value, extra, index, depth)
    else if (!isNode(value)) this.#report('type-wrong', `${element.name} is an object (${variant.type})`)
    else if (variant.type === 'Resource')
      this.#element(variant.key, '', depth, () => this.#resource(value, depth + 1, false))
    else this.#node(value, member, depth)
    this.#location.pop()
  }

  #node(node: JsonNode, { element, variant }: Member, depth: number): void {
    const shape = element.inner ?? this.#shapes.get(variant.type)
    if (shape === undefined) {
      this.#report('element-unknown', `The type ${variant.type} is not known`)
      return
    }
    const url = variant.type === 'Extension' ? this.#attribute('url', node['url']) : ''
    this.#element(variant.key, this.#attribute('id', node['id']) + url, depth, () =>
      this.#members(node, shape, depth + 1),
    )
  }

  #primitive(
    holder: JsonNode,
    member: Member,
    value: unknown,
    extra: unknown,
    index: number | undefined,
    depth: number,
  ): void {
    const text = typeof value === 'number' ? decimalText(holder, member.variant.key, index) : value
    const extras = isNode(extra) ? extra : {}
    const shape = this.#shapes.get('Element')
    const attributes = this.#attribute('id', extras['id']) + this.#attribute('value', text)
    this.#element(member.variant.key, attributes, depth, () => {
      if (shape !== undefined) this.#members(extras, shape, depth + 1)
    })
  }

  #attribute(name: string, value: unknown): string {
    if (value === undefined || value === null) return ''
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      this.#report('type-wrong', 'A primitive is a text, a number or a boolean')
      return ''
    }
    const text = String(value)
    if (!canBeXml(text)) this.#report('value-invalid', 'The text has a character that XML cannot hold')
    return ` ${name}="${escapeAttribute(text)}"`
  }

  #xhtml(value: unknown, depth: number): void {
    const xhtml = typeof value === 'string' ? embeddableXhtml(value, READ_LIMITS_DEFAULT.depthMax) : undefined
    if (xhtml === undefined) {
      this.#report('narrative-invalid', 'The narrative is no well-formed <div> of XHTML, and cannot stand inside XML')
      return
    }
    this.#line(depth)
    this.#text += xhtml
  }

  #report(code: IssueCode, text: string): void {
    if (this.#issues.length >= READ_LIMITS_DEFAULT.issuesMax) return
    this.#issues.push({ severity: 'error', code, text, path: this.#location.text() })
  }
}
