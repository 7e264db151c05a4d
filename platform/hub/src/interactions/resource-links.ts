import { type FhirPathModel, isJsonObject, type JsonObject, type TypeInfo } from '@samband/fhir/fhirpath'

/** What a link is written in: a Reference, an element of the type uri, url, oid or uuid, or an address in the narrative. */
export type LinkKind = 'reference' | 'uri' | 'narrative'

/** The link as it shall be, which may be as it is. `path` is asked for where a complaint needs it: FHIRPath. */
export type LinkVisitor = (link: string, kind: LinkKind, path: () => string) => string

/** Canonical addresses are none: they name definitions, wherever those are (FHIR R4 http.html#trules). */
const addressTypes: ReadonlySet<string> = new Set(['uri', 'url', 'oid', 'uuid'])

/** Addresses have one of these; most texts need no further look. */
const linkSigns = /[:/?#]/
const narrativeLink = /(<(?:a|img)\b[^>]*?\s(?:href|src)\s*=\s*)("[^"]*"|'[^']*')/gi

/**
 * Shows all links of a resource to a visitor, and answers the resource with what it makes of them: the same object where
 * nothing changes, a copy of what does change otherwise. A Bundle inside is a world of its own: its entries are not looked at.
 */
export function mapLinks(model: FhirPathModel, resource: JsonObject, visit: LinkVisitor): JsonObject {
  return new LinkWalk(model, visit).resource(resource)
}

class LinkWalk {
  readonly #model: FhirPathModel
  readonly #visit: LinkVisitor
  readonly #path: (string | number)[] = []

  constructor(model: FhirPathModel, visit: LinkVisitor) {
    this.#model = model
    this.#visit = visit
  }

  resource(value: JsonObject): JsonObject {
    const name = String(value['resourceType'])
    const type = this.#model.type(name)
    if (type === undefined || name === 'Bundle') return value
    const isOuter = this.#path.length === 0
    if (isOuter) this.#path.push(name)
    const mapped = this.#object(type, value)
    if (isOuter) this.#path.pop()
    return mapped
  }

  #object(type: TypeInfo, value: JsonObject): JsonObject {
    let copy: Record<string, unknown> | undefined
    for (const key in value) {
      const member = value[key]
      if (typeof member === 'string') {
        if (!linkSigns.test(member)) continue
      } else if (typeof member !== 'object' || member === null) continue
      this.#path.push(key)
      const mapped = this.#member(type, key, member)
      this.#path.pop()
      if (mapped !== member) (copy ??= { ...value })[key] = mapped
    }
    return copy ?? value
  }

  #member(type: TypeInfo, key: string, member: object | string): unknown {
    // `_birthDate` has extensions, which may have references.
    const info = key.startsWith('_') ? undefined : type.properties.get(key)?.type
    if (info === undefined) {
      const element = key.startsWith('_') ? this.#model.type('Element') : undefined
      return element === undefined ? member : this.#value(element, '', member)
    }
    return this.#value(info, type.name === 'Reference' && key === 'reference' ? 'reference' : '', member)
  }

  #value(type: TypeInfo, kind: LinkKind | '', value: unknown): unknown {
    if (typeof value === 'string') return this.#text(type, kind, value)
    if (Array.isArray(value)) return this.#list(type, kind, value)
    if (!isJsonObject(value)) return value
    return type.kind === 'resource' ? this.resource(value) : this.#object(type, value)
  }

  #list(type: TypeInfo, kind: LinkKind | '', list: readonly unknown[]): readonly unknown[] {
    let copy: unknown[] | undefined
    for (const [index, each] of list.entries()) {
      this.#path.push(index)
      const mapped = this.#value(type, kind, each)
      this.#path.pop()
      if (mapped !== each) (copy ??= [...list])[index] = mapped
    }
    return copy ?? list
  }

  #text(type: TypeInfo, kind: LinkKind | '', text: string): string {
    const path = (): string => this.#written()
    if (kind === 'reference') return this.#visit(text, 'reference', path)
    if (addressTypes.has(type.name)) return this.#visit(text, 'uri', path)
    if (type.name !== 'xhtml') return text
    return text.replaceAll(narrativeLink, (_all, before: string, quoted: string) => {
      const quote = quoted.charAt(0)
      return before + quote + this.#visit(quoted.slice(1, -1), 'narrative', path) + quote
    })
  }

  #written(): string {
    return this.#path
      .map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .slice(1)
  }
}
