import type { Dictionary } from '../dictionary/dictionary.ts'
import type {
  ElementDefinition,
  FieldDefinition,
  SegmentDefinition,
  TableDefinition,
} from '../dictionary/definition.ts'
import type { ElementRule, Profile } from '../profile/profile.ts'
import { profiledNodes } from '../profile/profiled-nodes.ts'
import { isAtLeast } from '../version.ts'
import type { TablePlan } from './coded-value.ts'
import { planTable } from './coded-value.ts'
import type { ComponentRule } from './component-rules.ts'
import { COMPONENT_RULES } from './component-rules.ts'
import type { FieldCondition } from './field-conditions.ts'
import { conditionsOf } from './field-conditions.ts'
import type { PrimitiveFormat } from './primitive-format.ts'
import { primitiveFormats } from './primitive-format.ts'
import { StructureGraph } from './structure-graph.ts'

/** What is checked of a field, component or subcomponent. */
export interface ElementPlan {
  readonly number: number
  readonly name: string
  readonly required: boolean
  readonly withdrawn: boolean
  readonly deprecated: boolean
  readonly repetitionsMax: number
  readonly lengthMax: number
  /** undefined where any type may stand, or another field says which (`varies`). */
  readonly type: TypePlan | undefined
  readonly varies: boolean
  readonly table: TablePlan | undefined
  readonly rule: ElementRule | undefined
}

export interface TypePlan {
  readonly id: string
  readonly format: PrimitiveFormat | undefined
  /** None for a primitive type. */
  readonly components: readonly ElementPlan[]
  readonly rule: ComponentRule | undefined
  /** Components of the code and of its coding system, 0-based, where a table bound to the whole is meant for one of them. */
  readonly coded: { readonly code: number; readonly system: number } | undefined
}

export interface SegmentPlan {
  readonly id: string
  readonly name: string
  /** By number less one. */
  readonly fields: readonly ElementPlan[]
  readonly conditions: readonly FieldCondition[]
}

const CODED: ReadonlyMap<string, { readonly code: number; readonly system: number }> = new Map([
  ['CE', { code: 0, system: 2 }],
  ['CF', { code: 0, system: 2 }],
  ['CNE', { code: 0, system: 2 }],
  ['CWE', { code: 0, system: 2 }],
  ['HD', { code: 0, system: -1 }],
])

const EMPTY_TYPE = { format: undefined, rule: undefined, coded: undefined }

/** A dictionary made ready for checking, with a profile's rules where there is one. Made as messages ask, and kept. */
export class Plans {
  readonly dictionary: Dictionary
  readonly profile: Profile | undefined
  /** Whether lengths are normative for every value; before 2.7 a site may agree on others (HL7 v2.5 §2.5.3.2). */
  readonly lengthsNormative: boolean
  readonly #formats: ReadonlyMap<string, PrimitiveFormat>
  readonly #segments = new Map<string, SegmentPlan | undefined>()
  readonly #types = new Map<string, TypePlan>()
  readonly #tables = new Map<string, TablePlan | undefined>()
  readonly #graphs = new Map<string, StructureGraph>()
  /** Beginnings of the profile's element paths, so that the rest of the dictionary is shared. */
  readonly #ruled: ReadonlySet<string>

  constructor(dictionary: Dictionary, profile: Profile | undefined) {
    this.dictionary = dictionary
    this.profile = profile
    this.lengthsNormative = isAtLeast(dictionary.version, 2, 7)
    this.#formats = primitiveFormats(dictionary.version)
    this.#ruled = new Set(Array.from(profile?.rules.keys() ?? [], prefixesOf).flat())
  }

  /** The plan of a segment in a group (`''` for the top); undefined where neither the dictionary nor the profile knows it. */
  segment(id: string, group: string): SegmentPlan | undefined {
    const place = this.#isRuled(`${group}.${id}`) ? `${group}.${id}` : id
    const known = this.#segments.get(place)
    if (known !== undefined) return known
    const definition = this.dictionary.segment(id) ?? this.#profileOnly(id, place)
    if (definition === undefined) return undefined
    const fields = definition.fields.map(field =>
      this.#element(field, [`${id}-${field.number}`, `${place}-${field.number}`]),
    )
    const plan = { id, name: definition.name, fields, conditions: conditionsOf(id, this.dictionary.version) }
    this.#segments.set(place, plan)
    return plan
  }

  /** A segment that only the profile describes: its fields are those with rules. */
  #profileOnly(id: string, place: string): SegmentDefinition | undefined {
    const numbers = Array.from(this.profile?.rules.keys() ?? [], path => {
      const dash = path.indexOf('-')
      const owner = path.slice(0, Math.max(dash, 0))
      return owner === id || owner === place ? Number.parseInt(path.slice(dash + 1), 10) : 0
    })
    const count = numbers.reduce((most, number) => Math.max(most, number), 0)
    if (count === 0) return undefined
    const field = (index: number): FieldDefinition => ({
      number: index + 1,
      name: '',
      dataType: '',
      optionality: 'O',
      repetitionsMax: Infinity,
    })
    return { id, name: id, fields: Array.from({ length: count }, (_, index) => field(index)) }
  }

  /** The plan of a data type; undefined where the version has none of that name. */
  type(id: string): TypePlan | undefined {
    const known = this.#types.get(id)
    if (known !== undefined) return known
    const definition = this.dictionary.dataType(id)
    if (definition === undefined) return undefined
    const components: ElementPlan[] = []
    const plan = {
      id,
      format: definition.components.length === 0 ? this.#formats.get(id) : undefined,
      components,
      rule: COMPONENT_RULES.get(id),
      coded: CODED.get(id),
    }
    // Kept before its components are planned, so that a type that holds itself ends.
    this.#types.set(id, plan)
    for (const component of definition.components) components.push(this.#element(component, undefined))
    // Before 2.5 the time in a TS was called a string.
    const time = id === 'TS' ? components[0] : undefined
    const format = time?.type?.format ?? this.#formats.get(id)
    if (time?.type !== undefined) components[0] = { ...time, type: { ...time.type, id, format } }
    return plan
  }

  table(id: string): TablePlan | undefined {
    if (this.#tables.has(id)) return this.#tables.get(id)
    const table = this.dictionary.table(id)
    const plan = table === undefined ? undefined : this.#planned(table)
    // Ids come from the dictionary and from profiles, so this grows no larger than they are.
    this.#tables.set(id, plan)
    return plan
  }

  /** Table 0354 lists fewer structures than the version has. */
  #planned(table: TableDefinition): TablePlan | undefined {
    const plan = planTable(table, this.dictionary.version)
    if (plan === undefined || table.id !== '0354') return plan
    return { ...plan, has: code => plan.has(code) || this.dictionary.structure(code) !== undefined }
  }

  /** The structure with this id, as the profile has it. */
  graph(id: string): StructureGraph | undefined {
    const known = this.#graphs.get(id)
    if (known !== undefined) return known
    const nodes = this.profile?.nodes ?? this.dictionary.structure(id)?.nodes
    if (nodes === undefined) return undefined
    const graph = new StructureGraph(this.profile === undefined ? nodes : profiledNodes(nodes, this.profile))
    this.#graphs.set(id, graph)
    return graph
  }

  #element(definition: ElementDefinition, paths: readonly string[] | undefined): ElementPlan {
    const rule = paths === undefined ? undefined : this.#ruleOf(paths)
    const { dataType, optionality } = definition
    const varies = dataType === 'varies'
    const type = dataType === '' || varies ? undefined : this.type(dataType)
    return {
      number: definition.number,
      name: definition.name,
      required: optionality === 'R',
      withdrawn: optionality === 'W' || optionality === 'X',
      deprecated: optionality === 'B',
      repetitionsMax: isField(definition) ? definition.repetitionsMax : 1,
      lengthMax: rule?.lengthMax === undefined ? (definition.lengthMax ?? Infinity) : Infinity,
      type: paths === undefined ? type : this.#ruledType(type, paths),
      varies,
      table: definition.table === undefined || rule?.table !== undefined ? undefined : this.table(definition.table),
      rule,
    }
  }

  /** The type with the profile's rules for its components. */
  #ruledType(type: TypePlan | undefined, paths: readonly string[]): TypePlan | undefined {
    if (!paths.some(path => this.#isRuled(`${path}.`))) return type
    if (type !== undefined && type.components.length > 0) {
      const definitions = this.dictionary.dataType(type.id)?.components ?? []
      const components = definitions.map(component =>
        this.#element(
          component,
          paths.map(path => `${path}.${component.number}`),
        ),
      )
      return { ...type, components }
    }
    if (type !== undefined) return type
    // What the dictionary does not describe, the profile may: components of a type that varies.
    const numbers = [...this.#ruled].flatMap(path => {
      const owner = paths.find(candidate => path.startsWith(`${candidate}.`))
      return owner === undefined ? [] : [Number(path.slice(owner.length + 1).split('.')[0])]
    })
    const count = Math.max(0, ...numbers)
    const components = Array.from({ length: count }, (_, index) =>
      this.#element(
        { number: index + 1, name: '', dataType: '', optionality: 'O' },
        paths.map(path => `${path}.${index + 1}`),
      ),
    )
    return { id: '', ...EMPTY_TYPE, components }
  }

  /** The rule of the place alone comes over that of all its kind. */
  #ruleOf(paths: readonly string[]): ElementRule | undefined {
    let found: ElementRule | undefined
    for (const path of new Set(paths)) {
      const rule = this.profile?.rules.get(path)
      if (rule !== undefined) found = found === undefined ? rule : { ...found, ...rule }
    }
    return found
  }

  #isRuled(beginning: string): boolean {
    return this.#ruled.has(beginning)
  }
}

function isField(definition: ElementDefinition): definition is FieldDefinition {
  return 'repetitionsMax' in definition
}

/** `G.PID-3.4` begins with `G.PID`, `G.PID-3.`, and is itself. */
function prefixesOf(path: string): readonly string[] {
  const dash = path.indexOf('-')
  if (dash < 0) return []
  const prefixes = [path, path.slice(0, dash)]
  for (let dot = path.indexOf('.', dash); dot >= 0; dot = path.indexOf('.', dot + 1))
    prefixes.push(path.slice(0, dot + 1))
  return prefixes
}

const plansByDictionary = new WeakMap<Dictionary, Plans>()
const plansByProfile = new WeakMap<Profile, WeakMap<Dictionary, Plans>>()

/** The plans of a dictionary and a profile, made once. */
export function plansFor(dictionary: Dictionary, profile: Profile | undefined): Plans {
  let kept = plansByDictionary
  if (profile !== undefined) {
    kept = plansByProfile.get(profile) ?? new WeakMap<Dictionary, Plans>()
    plansByProfile.set(profile, kept)
  }
  const known = kept.get(dictionary)
  if (known !== undefined) return known
  const plans = new Plans(dictionary, profile)
  kept.set(dictionary, plans)
  return plans
}
