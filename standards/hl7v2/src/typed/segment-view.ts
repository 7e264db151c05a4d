import type { SegmentDeclaration } from '../dictionary/define-segment.ts'
import { definitionOf } from '../dictionary/define-segment.ts'
import type { FieldDefinition, SegmentDefinition } from '../dictionary/definition.ts'
import type { Dictionary } from '../dictionary/dictionary.ts'
import type { ElementValue } from '../element-value.ts'
import type { Segment } from '../segment.ts'
import type { SegmentHandle } from './element-view.ts'
import { fieldView, setField } from './element-view.ts'
import { memberNames } from './member-name.ts'

type ViewClass = new (handle: SegmentHandle) => FieldsView

/** View of a segment. The members of its definition are on the classes made from it. */
class FieldsView {
  readonly #handle: SegmentHandle

  constructor(handle: SegmentHandle) {
    this.#handle = handle
  }

  get $exists(): boolean {
    return this.#handle.segment !== undefined
  }

  get $segment(): Segment | undefined {
    return this.#handle.segment
  }

  get $path(): string {
    return this.#handle.path
  }

  $create(): Segment {
    return this.#handle.create()
  }

  /** @internal */
  member(field: FieldDefinition): unknown {
    return fieldView(this.#handle, field)
  }

  /** @internal */
  setMember(field: FieldDefinition, value: ElementValue | undefined): void {
    setField(this.#handle, field, value)
  }
}

/** View of a segment by its definition in the dictionary; one that the dictionary does not know has no members. */
export function segmentView(handle: SegmentHandle, id: string): unknown {
  const { dictionary } = handle
  const SegmentClass = classFor(dictionary, id, () => {
    const definition: SegmentDefinition = dictionary.segment(id) ?? { id, name: id, fields: [] }
    const names = memberNames(
      definition.fields.map(({ name }) => name),
      id,
    )
    return new Map(definition.fields.map((field, index) => [names[index] ?? '', field]))
  })
  return new SegmentClass(handle)
}

/** View of a segment by a declaration: its names, and no others. */
export function declaredView(handle: SegmentHandle, declaration: SegmentDeclaration): unknown {
  const SegmentClass = classFor(handle.dictionary, declaration, () => {
    const { fields } = definitionOf(declaration, undefined)
    return new Map(
      Object.entries(declaration.fields).flatMap(([name, { number }]) => {
        const field = fields[number - 1]
        return field === undefined ? [] : [[name, field] as const]
      }),
    )
  })
  return new SegmentClass(handle)
}

const classes = new WeakMap<Dictionary, Map<string | SegmentDeclaration, ViewClass>>()

/** Classes are made once for a dictionary and segment. */
function classFor(
  dictionary: Dictionary,
  key: string | SegmentDeclaration,
  fields: () => ReadonlyMap<string, FieldDefinition>,
): ViewClass {
  const ofDictionary = classes.get(dictionary) ?? new Map<string | SegmentDeclaration, ViewClass>()
  classes.set(dictionary, ofDictionary)
  const known = ofDictionary.get(key)
  if (known !== undefined) return known
  const made = classOf(fields())
  ofDictionary.set(key, made)
  return made
}

function classOf(fields: ReadonlyMap<string, FieldDefinition>): ViewClass {
  class TypedView extends FieldsView {}
  for (const [name, field] of fields) {
    Object.defineProperty(TypedView.prototype, name, {
      enumerable: true,
      get(this: FieldsView) {
        return this.member(field)
      },
      set(this: FieldsView, value: string | undefined) {
        this.setMember(field, value)
      },
    })
  }
  return TypedView
}
