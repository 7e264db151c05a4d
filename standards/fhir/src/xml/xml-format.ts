import type { DefinitionSource } from '../definitions/definition-source.ts'
import { loadTypes } from '../definitions/load.ts'
import { decodeUtf8 } from '../json/decode-utf8.ts'
import { READ_LIMITS_DEFAULT, type ReadLimits } from '../json/limits.ts'
import type { ParseResult } from '../json/parse-json.ts'
import type { JsonNode } from '../validation/json-node.ts'
import { TypeShapes } from '../validation/type-shapes.ts'
import { XmlResourceReader } from './xml-resource-reader.ts'
import { XmlResourceWriter } from './xml-resource-writer.ts'

export interface FormatXmlOptions {
  /** Two spaces per level, as `_pretty=true` asks for. */
  readonly pretty?: boolean
}

/**
 * FHIR's XML both ways (FHIR R4 xml.html), by the definitions: which members are lists, numbers and attributes, and in which order they
 * stand. What is read are the same plain objects that JSON gives, with every decimal as it was written.
 *
 * Strict and closed: a document type, an entity of its own or another encoding than UTF-8 is refused, nothing is fetched, and depth and
 * size are bounded. Elements and attributes that are not defined are issues.
 */
export class XmlFormat {
  readonly #shapes: TypeShapes

  constructor(definitions: DefinitionSource) {
    this.#shapes = new TypeShapes(definitions, undefined)
  }

  parse(input: Uint8Array | string, limits: Partial<ReadLimits> = {}): ParseResult<JsonNode> {
    const all = { ...READ_LIMITS_DEFAULT, ...limits }
    if (input.length > all.bytesMax) {
      const text = `The input is larger than ${all.bytesMax} bytes`
      return { ok: false, issues: [{ severity: 'fatal', code: 'input-too-large', text }] }
    }
    const text = typeof input === 'string' ? input : decodeUtf8(input)
    if (typeof text !== 'string') return { ok: false, issues: [text] }
    return new XmlResourceReader(this.#shapes, all).read(text)
  }

  /** The XML of a resource. What has no place in XML (an unknown element, a narrative that is not well formed) is an issue. */
  format(resource: unknown, { pretty = false }: FormatXmlOptions = {}): ParseResult<string> {
    return new XmlResourceWriter(this.#shapes, pretty).write(resource)
  }
}

/** XML by the standard's own definitions. */
export async function loadXmlFormat(): Promise<XmlFormat> {
  return new XmlFormat(await loadTypes())
}
