/** Versions of HL7 v2 that the dictionary knows, oldest first. */
export const HL7_VERSIONS = [
  '2.1',
  '2.2',
  '2.3',
  '2.3.1',
  '2.4',
  '2.5',
  '2.5.1',
  '2.6',
  '2.7',
  '2.7.1',
  '2.8',
  '2.8.1',
  '2.8.2',
  '2.9',
] as const

export type Hl7Version = (typeof HL7_VERSIONS)[number]

/** Used where a message does not tell its version: the one that most systems speak. */
export const HL7_VERSION_DEFAULT: Hl7Version = '2.5.1'

const VERSION = /^\s*(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?/

/**
 * The known version closest to what a message declares in MSH-12.1: itself, or the newest one before it (2.5.2 is read as 2.5.1, 2.10 as
 * 2.9), or the oldest. A text that is no version is read as `HL7_VERSION_DEFAULT`.
 */
export function nearestVersion(declared: string): Hl7Version {
  const wanted = versionParts(declared)
  if (wanted === undefined) return HL7_VERSION_DEFAULT
  let nearest: Hl7Version = HL7_VERSIONS[0]
  for (const version of HL7_VERSIONS) {
    const parts = versionParts(version)
    if (parts !== undefined && compareParts(parts, wanted) <= 0) nearest = version
  }
  return nearest
}

export function isHl7Version(text: string): text is Hl7Version {
  return (HL7_VERSIONS as readonly string[]).includes(text)
}

function versionParts(text: string): readonly number[] | undefined {
  const match = VERSION.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}

function compareParts(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
