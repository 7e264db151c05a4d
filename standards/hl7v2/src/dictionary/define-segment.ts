import type { SegmentId } from '../segment-id.ts'
import type { FieldDefinition, Optionality, SegmentDefinition } from './definition.ts'
import { DictionaryError } from './dictionary-error.ts'

/** A field of a declared segment. */
export interface FieldDeclaration {
  /** 1-based, as in paths. */
  readonly number: number
  /** Id of a data type of the version that the segment is used with. */
  readonly dataType: string
  /** For people; made from the member's name where it is left out: `bloodGroup` is `Blood Group`. */
  readonly name?: string
  /** `O` where left out. */
  readonly optionality?: Optionality
  /** Whether it repeats, or how often at most. */
  readonly repeats?: boolean | number
  readonly lengthMax?: number
  readonly table?: string
}

/** Fields by the name that a typed message gives them. */
export type FieldDeclarations = { readonly [name: string]: FieldDeclaration }

/** A segment that a site declares: what the dictionary needs to know it, and the names for typed access. */
export interface SegmentDeclaration<
  Id extends SegmentId = SegmentId,
  Fields extends FieldDeclarations = FieldDeclarations,
> {
  readonly id: Id
  readonly name: string
  readonly fields: Fields
}

/** Highest field number that a declaration may use; the standard's longest segment has 90. */
export const DECLARED_FIELD_NUMBER_MAX = 999

const MEMBER_NAME = /^[a-z][A-Za-z0-9]*$/

/**
 * Declares a Z segment, or a site's reading of a standard one, whose other fields stay as the version has them. The names are those of
 * the typed message; `extendVersion` makes the dictionary know it.
 *
 *     const zpd = defineSegment('ZPD', {
 *       name: 'Patient extras',
 *       fields: { bloodGroup: { number: 2, dataType: 'CWE', table: 'BLOOD' } },
 *     })
 *
 * Throws `DictionaryError` `declaration-invalid` for a name or number that cannot be, or is used twice.
 */
export function defineSegment<const Id extends SegmentId, const Fields extends FieldDeclarations>(
  id: Id,
  declaration: { readonly name?: string; readonly fields: Fields },
): SegmentDeclaration<Id, Fields> {
  const used = new Map<number, string>()
  for (const [name, { number }] of Object.entries(declaration.fields)) {
    if (!MEMBER_NAME.test(name)) throw invalid(`${id}: '${name}' is no name for a field: write it as patientName`)
    if (!Number.isInteger(number) || number < 1 || number > DECLARED_FIELD_NUMBER_MAX) {
      throw invalid(`${id}: '${name}' has no number from 1 to ${DECLARED_FIELD_NUMBER_MAX}`)
    }
    const other = used.get(number)
    if (other !== undefined) throw invalid(`${id}-${number} is both '${other}' and '${name}'`)
    used.set(number, name)
  }
  return Object.freeze({ id, name: declaration.name ?? id, fields: declaration.fields })
}

/** The declared segment as the dictionary has it, upon what the version says of it, if anything. */
export function definitionOf(declared: SegmentDeclaration, standard: SegmentDefinition | undefined): SegmentDefinition {
  const fields: FieldDefinition[] = [...(standard?.fields ?? [])]
  for (const [member, field] of Object.entries(declared.fields)) fields[field.number - 1] = fieldOf(member, field)
  return {
    id: declared.id,
    name: declared.name === declared.id && standard !== undefined ? standard.name : declared.name,
    fields: Array.from(fields, (field, index) => field ?? unnamedField(index + 1)),
  }
}

function fieldOf(member: string, field: FieldDeclaration): FieldDefinition {
  const repeats = field.repeats ?? false
  return {
    number: field.number,
    name: field.name ?? wordsOf(member),
    dataType: field.dataType,
    optionality: field.optionality ?? 'O',
    repetitionsMax: typeof repeats === 'number' ? repeats : repeats ? Infinity : 1,
    ...(field.lengthMax === undefined ? undefined : { lengthMax: field.lengthMax }),
    ...(field.table === undefined ? undefined : { table: field.table }),
  }
}

function unnamedField(number: number): FieldDefinition {
  return { number, name: '', dataType: '', optionality: 'O', repetitionsMax: 1 }
}

function wordsOf(member: string): string {
  const words = member.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function invalid(text: string): DictionaryError {
  return new DictionaryError('declaration-invalid', text)
}
