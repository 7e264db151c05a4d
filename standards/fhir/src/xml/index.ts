/** `@samband/fhir/xml`: FHIR's XML both ways. */
export type { FormatXmlOptions } from './xml-format.ts'
export { loadXmlFormat, XmlFormat } from './xml-format.ts'
