import type { DataTypeDefinition, ElementDefinition, FieldDefinition } from '../dictionary/definition.ts'
import type { Dictionary } from '../dictionary/dictionary.ts'
import type { ElementValue } from '../element-value.ts'
import { Hl7Error } from '../hl7-error.ts'
import type { FieldPath, Hl7Path } from '../path.ts'
import type { ElementState, Segment } from '../segment.ts'
import { memberNames } from './member-name.ts'
import { manyViews } from './many-views.ts'

/** A segment that may be absent still. */
export interface SegmentHandle {
  readonly dictionary: Dictionary
  readonly segment: Segment | undefined
  readonly path: string
  /** Adds it to its message where it is absent. */
  readonly create: () => Segment
}

/** A place in a segment; 0 for what is not said. */
interface Place {
  readonly handle: SegmentHandle
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly subcomponent: number
}

type ViewClass = new (place: Place) => CompositeView

/** View of a field or component with components. The members of its data type are on the classes made from it. */
class CompositeView {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  get $text(): string | undefined {
    return textAt(this.#place)
  }

  get $raw(): string | undefined {
    return this.#place.handle.segment?.raw(pathOf(this.#place))
  }

  get $state(): ElementState {
    return this.#place.handle.segment?.state(pathOf(this.#place)) ?? 'absent'
  }

  get $exists(): boolean {
    return this.$state === 'present'
  }

  get $path(): Hl7Path {
    // A segment's path and a field's make the path of a message.
    return `${this.#place.handle.path}-${pathOf(this.#place)}` as Hl7Path
  }

  $set(value: ElementValue): void {
    setAt(this.#place, value)
  }

  /** A value whose type another field decides, by the components of that type. */
  $as(dataType: string): unknown {
    return elementView(this.#place, dataType)
  }

  toString(): string {
    return this.$text ?? ''
  }

  /** @internal */
  member(number: number, definition: ElementDefinition): unknown {
    return elementView(inner(this.#place, number), definition.dataType)
  }

  /** @internal */
  setMember(number: number, value: ElementValue | undefined): void {
    setAt(inner(this.#place, number), value ?? '')
  }
}

/** What a field's name gives: a leaf, a view, or the repetitions. */
export function fieldView(handle: SegmentHandle, field: FieldDefinition): unknown {
  if (field.repetitionsMax === 1) return elementView(repetitionPlace(handle, field, 1), field.dataType)
  const count = repetitionCount(handle, field)
  const items: unknown[] = []
  for (let n = 1; n <= count; n++) items.push(elementView(repetitionPlace(handle, field, n), field.dataType))
  const add = (value: ElementValue): unknown => {
    handle.create().addRepetition(`${field.number}`, value)
    return elementView(repetitionPlace(handle, field, repetitionCount(handle, field)), field.dataType)
  }
  return manyViews(items, () => elementView(repetitionPlace(handle, field, 1), field.dataType), add)
}

function repetitionCount(handle: SegmentHandle, field: FieldDefinition): number {
  return handle.segment?.repetitions(`${field.number}`).length ?? 0
}

function repetitionPlace(handle: SegmentHandle, field: FieldDefinition, repetition: number): Place {
  return { handle, field: field.number, repetition, component: 0, subcomponent: 0 }
}

/** Sets a field that does not repeat; undefined empties it. */
export function setField(handle: SegmentHandle, field: FieldDefinition, value: ElementValue | undefined): void {
  setAt({ handle, field: field.number, repetition: 0, component: 0, subcomponent: 0 }, value ?? '')
}

function elementView(place: Place, dataType: string): unknown {
  const ViewOfType = viewClass(place.handle.dictionary, dataType)
  return ViewOfType === undefined ? textAt(place) : new ViewOfType(place)
}

const classes = new WeakMap<Dictionary, Map<string, ViewClass | undefined>>()

/** The class with a data type's members, made once for a dictionary; undefined for one without components. */
function viewClass(dictionary: Dictionary, dataType: string): ViewClass | undefined {
  let known = classes.get(dictionary)
  if (known === undefined) {
    known = new Map()
    classes.set(dictionary, known)
  }
  if (known.has(dataType)) return known.get(dataType)
  const definition = dataType === 'varies' ? undefined : dictionary.dataType(dataType)
  const made = dataType === 'varies' ? CompositeView : definition?.components.length ? classOf(definition) : undefined
  known.set(dataType, made)
  return made
}

function classOf(dataType: DataTypeDefinition): ViewClass {
  class TypedView extends CompositeView {}
  const names = memberNames(
    dataType.components.map(({ name }) => name),
    dataType.id,
  )
  for (const [index, component] of dataType.components.entries()) {
    Object.defineProperty(TypedView.prototype, names[index] ?? '', {
      enumerable: true,
      get(this: CompositeView) {
        return this.member(component.number, component)
      },
      set(this: CompositeView, value: string | undefined) {
        this.setMember(component.number, value)
      },
    })
  }
  return TypedView
}

/**
 * One level down. Below subcomponents there is none: the first component of a composite that deep is the subcomponent itself, and the
 * others do not exist, as HL7 has no delimiter for them.
 */
function inner(place: Place, number: number): Place {
  if (place.component === 0) return { ...place, component: number }
  if (place.subcomponent === 0) return { ...place, subcomponent: number }
  return number === 1 ? place : { ...place, subcomponent: NO_PLACE }
}

const NO_PLACE = -1

function textAt(place: Place): string | undefined {
  return place.subcomponent === NO_PLACE ? undefined : place.handle.segment?.text(pathOf(place))
}

function setAt(place: Place, value: ElementValue): void {
  if (place.subcomponent === NO_PLACE) {
    throw new Hl7Error(
      'raw-breaks-structure',
      `${place.handle.path}-${place.field}: subcomponents cannot be divided further`,
    )
  }
  // Emptying what is not there adds nothing.
  if (value === '' && place.handle.segment === undefined) return
  place.handle.create().set(pathOf(place), value)
}

function pathOf({ field, repetition, component, subcomponent }: Place): FieldPath {
  const path: FieldPath = repetition > 0 ? `${field}[${repetition}]` : `${field}`
  if (component === 0) return path
  return subcomponent > 0 ? `${path}.${component}.${subcomponent}` : `${path}.${component}`
}
