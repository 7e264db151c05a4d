import type { StructureNode } from '../dictionary/definition.ts'
import { parsePath } from '../path.ts'
import type { Condition } from './condition.ts'
import { invalidPaths } from './condition.ts'

/**
 * How a profile wants an element (HL7 v2.9 §2.B.7.5): required, required where it is known, optional, not to be sent. `RE` and `O` differ in
 * what a sender must be able to send, which one message cannot show.
 */
export type Usage = 'R' | 'RE' | 'O' | 'X'

/** C(a/b): `use` where the condition holds, `otherwise` where it does not. */
export interface ConditionalUsage {
  readonly when: Condition
  readonly use: Usage
  /** `O` where left out. */
  readonly otherwise?: Usage
}

/** What a profile says of one segment, group, field, component or subcomponent. */
export interface ElementRule {
  readonly usage?: Usage | ConditionalUsage
  /** Fewest occurrences: of a segment or group where it stands, of a field's repetitions. Counts only where the usage lets it be sent. */
  readonly min?: number
  /** Most occurrences; `Infinity` for no limit. */
  readonly max?: number
  /** Characters of one occurrence, its delimiters included. Takes the place of the standard's length. */
  readonly lengthMin?: number
  readonly lengthMax?: number
  /** Table of the dictionary that the value must be in, even one that the standard leaves to sites. Takes the place of the standard's. */
  readonly table?: string
  /** Texts that may stand there; one for a constant. */
  readonly values?: readonly string[]
  /** What the text must look like. Use no pattern that backtracks: it is run on what others send. */
  readonly pattern?: RegExp
  /** For people who read a report. */
  readonly note?: string
}

/** A conformance profile: the standard, narrowed for one interface. Plain data; made by `defineProfile` or read from XML. */
export interface Profile {
  readonly name: string
  /** Message types that it is for, as in MSH-9: `ORU^R01`. Others are an error; empty for any. */
  readonly messageTypes: readonly string[]
  /** Rules by path: see `ProfileDeclaration`. */
  readonly rules: ReadonlyMap<string, ElementRule>
  /** The structure, where the profile brings its own; else the standard's with the rules for segments and groups. */
  readonly nodes?: readonly StructureNode[]
}

export interface ProfileDeclaration {
  readonly name: string
  readonly messageTypes?: readonly string[]
  /**
   * By path: a segment (`'PID'`), a field, component or subcomponent (`'PID-3.4.1'`, every repetition is meant), a group
   * (`'PATIENT_RESULT.PATIENT'`). With the groups before it a segment's rule is for that place alone:
   * `'PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.OBX-5'`.
   */
  readonly rules: { readonly [path: string]: ElementRule }
  /** A structure of its own, where the standard's with rules does not do: see `parseNodes`. */
  readonly nodes?: readonly StructureNode[]
}

/** `declaration-invalid`, with the paths that are none. */
export class ProfileError extends Error {
  readonly code = 'profile-invalid' as const
  readonly category = 'fault' as const

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProfileError'
  }
}

const GROUP_PATH = /^[A-Z][A-Z0-9_]*(?:\.[A-Z][A-Z0-9_]*)*$/

/**
 * Declares a conformance profile in code:
 *
 *     const results = defineProfile({
 *       name: 'Lab results to the EHR',
 *       messageTypes: ['ORU^R01'],
 *       rules: {
 *         'PID-3': { usage: 'R', max: 2 },
 *         'PID-3.4': { usage: 'R' },
 *         'PATIENT_RESULT.PATIENT.NK1': { usage: 'X' },
 *         'OBX-2': { values: ['NM', 'SN', 'ST', 'CWE'] },
 *         'OBX-6': { usage: { when: { path: '2', in: ['NM', 'SN'] }, use: 'R', otherwise: 'X' } },
 *       },
 *     })
 *
 * Throws `ProfileError` for a path, number or condition that cannot be.
 */
export function defineProfile(declaration: ProfileDeclaration): Profile {
  const problems: string[] = []
  for (const [path, rule] of Object.entries(declaration.rules)) {
    if (!isRulePath(path)) problems.push(`'${path}' is no path of a segment, group or element`)
    problems.push(...faultsOf(path, rule))
  }
  if (problems.length > 0) throw new ProfileError(`Profile ${declaration.name}: ${problems.join('; ')}`)
  return Object.freeze({
    name: declaration.name,
    messageTypes: [...(declaration.messageTypes ?? [])],
    rules: new Map(Object.entries(declaration.rules)),
    ...(declaration.nodes === undefined ? undefined : { nodes: declaration.nodes }),
  })
}

function isRulePath(path: string): boolean {
  const dash = path.indexOf('-')
  if (dash < 0) return GROUP_PATH.test(path)
  const dot = path.lastIndexOf('.', dash)
  const parsed = parsePath(path.slice(dot + 1))
  const plain = parsed.ok && !path.includes('[')
  return plain && (dot < 0 || GROUP_PATH.test(path.slice(0, dot)))
}

function faultsOf(path: string, rule: ElementRule): readonly string[] {
  const faults: string[] = []
  const count = (name: string, value: number | undefined, infinite: boolean): void => {
    if (value === undefined || (infinite && value === Infinity)) return
    if (!Number.isInteger(value) || value < 0) faults.push(`${path}: ${name} is no whole number`)
  }
  count('min', rule.min, false)
  count('max', rule.max, true)
  count('lengthMin', rule.lengthMin, false)
  count('lengthMax', rule.lengthMax, true)
  if ((rule.min ?? 0) > (rule.max ?? Infinity)) faults.push(`${path}: min is above max`)
  if ((rule.lengthMin ?? 0) > (rule.lengthMax ?? Infinity)) faults.push(`${path}: lengthMin is above lengthMax`)
  if (typeof rule.usage === 'object') {
    for (const invalid of invalidPaths(rule.usage.when)) faults.push(`${path}: '${invalid}' is no path for a condition`)
    if (!path.includes('-')) faults.push(`${path}: a segment or group has no conditional usage`)
  }
  if (rule.pattern?.global === true || rule.pattern?.sticky === true)
    faults.push(`${path}: a pattern has no flags g or y`)
  return faults
}
