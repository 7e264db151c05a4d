import type { RunContext } from '../run/run-context.ts'

/** Systems of FHIR by the names of HL7 table 0396 that senders use. */
const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['LN', 'http://loinc.org'],
  ['LOINC', 'http://loinc.org'],
  ['SCT', 'http://snomed.info/sct'],
  ['SNOMED', 'http://snomed.info/sct'],
  ['SNOMED-CT', 'http://snomed.info/sct'],
  ['SNOMEDCT', 'http://snomed.info/sct'],
  ['SCT2', 'http://snomed.info/sct'],
  ['UCUM', 'http://unitsofmeasure.org'],
  ['I10', 'http://hl7.org/fhir/sid/icd-10'],
  ['ICD10', 'http://hl7.org/fhir/sid/icd-10'],
  ['I10C', 'http://hl7.org/fhir/sid/icd-10-cm'],
  ['ICD10CM', 'http://hl7.org/fhir/sid/icd-10-cm'],
  ['ICD-10-CM', 'http://hl7.org/fhir/sid/icd-10-cm'],
  ['I9', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['ICD9', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['I9C', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['I9CDX', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['ICD9CM', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['ICPC', 'http://hl7.org/fhir/sid/icpc-1'],
  ['ICPC2', 'http://hl7.org/fhir/sid/icpc-2'],
  ['CVX', 'http://hl7.org/fhir/sid/cvx'],
  ['MVX', 'http://hl7.org/fhir/sid/mvx'],
  ['NDC', 'http://hl7.org/fhir/sid/ndc'],
  ['RXNORM', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['RXN', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['ATC', 'http://www.whocc.no/atc'],
  ['WC', 'http://www.whocc.no/atc'],
  ['C4', 'http://www.ama-assn.org/go/cpt'],
  ['CPT', 'http://www.ama-assn.org/go/cpt'],
  ['CPT4', 'http://www.ama-assn.org/go/cpt'],
  ['HPC', 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'],
  ['DCM', 'http://dicom.nema.org/resources/ontology/DCM'],
  ['CDCREC', 'urn:oid:2.16.840.1.113883.6.238'],
  ['UNII', 'http://fdasis.nlm.nih.gov'],
  ['NUCC', 'http://nucc.org/provider-taxonomy'],
  ['NCIT', 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl'],
  ['ISO3166', 'urn:iso:std:iso:3166'],
  ['ISO3166_1', 'urn:iso:std:iso:3166'],
  ['ISO639', 'urn:ietf:bcp:47'],
  ['BCP47', 'urn:ietf:bcp:47'],
])

/** `HL70001`, `HL7nnnn`, `0001`: a table of HL7 v2 as FHIR names it. */
export function tableSystem(name: string): string | undefined {
  const number = /^(?:HL7|V2-|v2-)?(\d{4})$/.exec(name)?.[1]
  return number === undefined ? undefined : `http://terminology.hl7.org/CodeSystem/v2-${number}`
}

/**
 * The system of a code by what the sender calls it. What nobody knows becomes `urn:id:<name>`, with the sender's name where the system
 * is its own, so that codes of two systems stay apart; the issue says so, and a setting gives the right one.
 */
export function codingSystem(name: string, oid: string, run: RunContext): string | undefined {
  if (name === '') return oid === '' ? undefined : `urn:oid:${oid}`
  const own = run.settings.codeSystems?.[name]
  if (own !== undefined) return own
  const known = SYSTEMS.get(name.toUpperCase()) ?? tableSystem(name)
  if (known !== undefined) return known
  if (/^(?:https?:|urn:)/.test(name)) return name
  if (/^\d+(?:\.\d+)+$/.test(name)) return `urn:oid:${name}`
  if (oid !== '' && /^\d+(?:\.\d+)+$/.test(oid)) return `urn:oid:${oid}`
  run.issue('system-unknown', 'information', 'The name of the coding system is not known; the code stands under urn:id')
  // L and 99xxx are the sender's own: the same name means other codes elsewhere.
  const local = /^(?:L|99.*)$/i.test(name) && run.scope !== '' ? `${encodeURIComponent(run.scope)}:` : ''
  return `urn:id:${local}${encodeURIComponent(name)}`
}
