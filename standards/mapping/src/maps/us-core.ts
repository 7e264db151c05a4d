import type { MapPatch } from './map-patch.ts'
import type { MapRow } from './map-row.ts'

const CATEGORIES: Readonly<Record<string, string>> = {
  race: '"1002-5", "2028-9", "2054-5", "2076-8", "2106-3"',
  ethnicity: '"2135-2", "2186-5"',
}

function rows(field: string, slot: number, name: 'race' | 'ethnicity'): MapRow[] {
  const at = `extension[${slot}]`
  const known = `IF ${field}.1 IN (${CATEGORIES[name] ?? ''})`
  return [
    { to: `${at}.url`, value: `"http://hl7.org/fhir/us/core/StructureDefinition/us-core-${name}"` },
    { to: `${at}.extension[1].url`, value: '"ombCategory"', when: known },
    { to: `${at}.extension[1].valueCoding.system`, value: '"urn:oid:2.16.840.1.113883.6.238"', when: known },
    { to: `${at}.extension[1].valueCoding.code`, value: `${field}.1`, when: known },
    { to: `${at}.extension[1].valueCoding.display`, value: `${field}.2`, when: `${known} AND ${field}.2 VALUED` },
    { to: `${at}.extension[2].url`, value: '"text"' },
    { to: `${at}.extension[2].valueString`, using: 'CWE[string]' },
  ]
}

/** Race and ethnicity as US Core has them: the guide leaves both to the country, so a deployment there adds this patch. */
export const US_CORE_PATCH: MapPatch = {
  segments: {
    'PID[Patient]': { 'PID-10': rows('PID-10', 10, 'race'), 'PID-22': rows('PID-22', 11, 'ethnicity') },
  },
}
