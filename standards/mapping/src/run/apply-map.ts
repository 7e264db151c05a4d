import type { Scope } from '../compile/compile-condition.ts'
import type { CompiledMap, CompiledRow, CompiledStep } from '../compile/compiled-map.ts'
import { composeText } from '../compile/composition.ts'
import { assignDecimal, isDecimal, primitiveOf } from '../datatypes/primitive.ts'
import type { Vocabulary } from '../datatypes/vocabulary.ts'
import { mapCode, sourceSystem } from '../datatypes/vocabulary.ts'
import type { V2Segment, V2Value } from '../read/v2-value.ts'
import type { Json, ResourceNode, RunContext } from './run-context.ts'

const ALTERNATE_CODES = 'http://hl7.org/fhir/StructureDefinition/alternate-codes'

type Near = (name: string) => V2Segment | undefined

/** One application of a map to one segment or value: which occurrences its rows have made so far. */
class Application {
  readonly map: CompiledMap
  readonly run: RunContext
  readonly target: Json
  private readonly made: (Json | undefined)[] = []
  /** What a map of a primitive type gives. */
  primitive: unknown

  constructor(map: CompiledMap, target: Json, run: RunContext) {
    this.map = map
    this.target = target
    this.run = run
  }

  /** Runs a row for one repetition of its field. */
  row(row: CompiledRow, scope: Scope, repetition: number): void {
    if (row.test !== undefined && !row.test(scope)) return
    const outer = this.run.target
    if (this.run.explain) this.run.target = outer === '' || row.path === '' ? row.path : joined(outer, row.path)
    this.assign(row, scope, repetition)
    this.run.target = outer
  }

  private assign(row: CompiledRow, scope: Scope, repetition: number): void {
    const { maker, steps } = row
    const { value } = scope
    if (maker.kind === 'map' && steps.length === 0 && value !== undefined) {
      applyDataType(maker.map, value, this.target, this.run)
      return
    }
    if (maker.kind === 'node') {
      const node = value && maker.make(value, this.run)
      if (node !== undefined) this.refer(row, node, repetition)
      return
    }
    const made = this.value(row, scope)
    if (made === undefined) {
      if (value !== undefined) this.keepUnmapped(row, value, repetition)
      return
    }
    if (steps.length === 0) {
      if (typeof made === 'object' && made !== null) merge(this.target, made as Json)
      else this.primitive = made
      return
    }
    this.write(row, made, repetition)
  }

  /** A code that its vocabulary does not know stands beside the element that it should have been. */
  private keepUnmapped(row: CompiledRow, value: V2Value, repetition: number): void {
    const last = row.steps.at(-1)
    if (row.maker.kind !== 'native' || row.vocabulary === undefined || last?.type !== 'code') return
    const code = value.partText(1) || value.partText(4)
    if (code !== '') keepCode(this.holder(row, repetition, undefined), last, code, sourceSystem(row.vocabulary))
  }

  private value(row: CompiledRow, scope: Scope): unknown {
    const { maker } = row
    const { value } = scope
    switch (maker.kind) {
      case 'constant':
        // A constant that depends on the value says what the value said.
        if (row.test !== undefined) this.run.took(value)
        return maker.text
      case 'composed': {
        const text = composeText(maker.parts, scope)
        if (text !== '') this.run.took(value)
        return text === '' ? undefined : text
      }
      case 'primitive':
        if (value === undefined) return undefined
        this.run.took(value)
        return value.text === '' ? undefined : value.text
      case 'native':
        return value && maker.make(value, this.run, row.vocabulary)
      case 'map': {
        if (value === undefined) return undefined
        const target: Json = {}
        const primitive = applyDataType(maker.map, value, target, this.run)
        return primitive ?? (Object.keys(target).length === 0 ? undefined : target)
      }
      case 'node':
        return undefined
    }
  }

  /** Where the last step stands. */
  private holder(row: CompiledRow, repetition: number, made: unknown): Json {
    let at = this.target
    const last = row.steps.length - 1
    for (let i = 0; i < last; i++) {
      const step = row.steps[i]
      if (step !== undefined) at = this.step(at, step, this.slot(row, i, repetition), row, made)
    }
    return at
  }

  private slot(row: CompiledRow, index: number, repetition: number): number {
    const slot = row.steps[index]?.slot ?? 0
    return row.repeats >= 0 && index >= row.repeats ? repetition * this.map.slots + slot : slot
  }

  private step(at: Json, step: CompiledStep, slot: number, row: CompiledRow, made: unknown): Json {
    const known = this.made[slot]
    if (known !== undefined) return known
    const found = step.kind === 'resource' ? this.resource(at, step) : this.element(at, step, row, made)
    this.made[slot] = found
    return found
  }

  private resource(reference: Json, step: CompiledStep): Json {
    const node = this.run.node(step.type)
    reference['reference'] = ''
    this.run.references.set(reference, node)
    return node.resource
  }

  private element(at: Json, step: CompiledStep, row: CompiledRow, made: unknown): Json {
    if (!step.many) return objectAt(at, step.name)
    const list = listAt(at, step.name)
    if (SHARED.has(step.name) && list[0] !== undefined) return list[0]
    // A constant code joins the coding that says the same, which a data type made before it.
    if (step.name === 'coding' && row.maker.kind === 'constant') {
      const same = list.find(({ code }) => code === undefined || code === made)
      if (same !== undefined) return same
    }
    if (step.name === 'coding' && row.steps.at(-1)?.name === 'system') {
      const without = list.find(({ system }) => system === undefined)
      if (without !== undefined) return without
    }
    const item: Json = {}
    list.push(item)
    return item
  }

  private write(row: CompiledRow, made: unknown, repetition: number): void {
    const index = row.steps.length - 1
    const last = row.steps[index]
    if (last === undefined) return
    if (row.repeats < 0 && repetition > 0 && typeof made !== 'string') return
    const slot = this.slot(row, index, repetition)
    const holder = this.holder(row, repetition, made)
    if (typeof made === 'object' && made !== null) {
      const known = this.made[slot]
      if (known !== undefined) merge(known, made as Json)
      else this.made[slot] = this.attach(holder, last, made as Json)
      return
    }
    if (typeof made === 'string') this.writeText(row, holder, last, made, repetition)
    else put(holder, last, made)
  }

  private attach(holder: Json, last: CompiledStep, made: Json): Json {
    if (last.kind === 'resource') {
      const resource = this.resource(holder, last)
      merge(resource, made)
      return resource
    }
    if (last.many) {
      listAt(holder, last.name).push(made)
      return made
    }
    const known = holder[last.name]
    if (typeof known === 'object' && known !== null && last.type !== 'CodeableConcept') {
      merge(known as Json, made)
      return known as Json
    }
    holder[last.name] = made
    return made
  }

  private writeText(row: CompiledRow, holder: Json, last: CompiledStep, text: string, repetition: number): void {
    const { type, name } = last
    if (type === 'decimal') {
      if (isDecimal(text)) assignDecimal(holder, name, text)
      else this.run.issue('value-invalid', 'warning', 'The value is no number and was left out')
      return
    }
    if (row.repeats < 0 && repetition > 0) {
      const known = holder[name]
      if (typeof known === 'string' && (type === 'string' || type === 'markdown')) holder[name] = `${known}\n${text}`
      return
    }
    // What code has converted is a value of FHIR already.
    if (row.maker.kind === 'native' || row.maker.kind === 'map') {
      put(holder, last, text)
      return
    }
    const mapped = row.vocabulary !== undefined && row.maker.kind === 'primitive' && type === 'code'
    const inCoding = row.steps.at(-2)?.type === 'Coding'
    const value = mapped ? this.coded(row.vocabulary, text, holder, last, inCoding) : this.plain(type, text)
    if (value !== undefined) put(holder, last, value)
  }

  private plain(type: string, text: string): unknown {
    return type === 'string' || type === 'markdown' ? text : primitiveOf(type, text, this.run)
  }

  /** The mapped code; one that no map knows stands beside its element as an alternate code. */
  private coded(
    vocabulary: Vocabulary,
    text: string,
    holder: Json,
    last: CompiledStep,
    inCoding: boolean,
  ): string | undefined {
    const found = mapCode(vocabulary, text, this.run)
    if (inCoding) {
      if (found?.system !== undefined) holder['system'] ??= found.system
      return found?.code ?? text
    }
    if (found !== undefined) return found.code
    keepCode(holder, last, text, sourceSystem(vocabulary))
    return undefined
  }

  private refer(row: CompiledRow, node: ResourceNode, repetition: number): void {
    const index = row.steps.length - 1
    const last = row.steps[index]
    if (last === undefined || (row.repeats < 0 && repetition > 0)) return
    const holder = this.holder(row, repetition, undefined)
    let reference = holder
    if (last.kind === 'element') {
      reference = last.many ? pushed(holder, last.name) : objectAt(holder, last.name)
    }
    reference['reference'] = ''
    this.run.references.set(reference, node)
    this.made[this.slot(row, index, repetition)] = node.resource
  }
}

/** Elements that the segments of one order share, whichever of them comes first. */
const SHARED = new Set(['dosageInstruction', 'doseAndRate'])

function joined(outer: string, path: string): string {
  const [type = '', ...rest] = path.split('.')
  if (!/^[A-Z]/.test(type)) return `${outer}.${path}`
  return rest.length === 0 ? outer : `${outer}.${rest.join('.')}`
}

function keepCode(holder: Json, { name, many }: CompiledStep, code: string, system: string | undefined): void {
  if (many) return
  const coding = [{ ...(system === undefined ? {} : { system }), code }]
  holder[`_${name}`] = { extension: [{ url: ALTERNATE_CODES, valueCodeableConcept: { coding } }] }
}

function put(holder: Json, { name, many }: CompiledStep, value: unknown): void {
  if (!many) {
    holder[name] = value
    return
  }
  const list = holder[name]
  if (!Array.isArray(list)) holder[name] = [value]
  else if (!list.includes(value)) list.push(value)
}

function objectAt(at: Json, name: string): Json {
  const known = at[name]
  if (typeof known === 'object' && known !== null) return known as Json
  const made: Json = {}
  at[name] = made
  return made
}

function listAt(at: Json, name: string): Json[] {
  const known = at[name]
  if (Array.isArray(known)) return known as Json[]
  const made: Json[] = []
  at[name] = made
  return made
}

function pushed(at: Json, name: string): Json {
  const made: Json = {}
  listAt(at, name).push(made)
  return made
}

/** Adds what a value says to an object: lists grow, the rest is set. */
export function merge(target: Json, made: Json): void {
  for (const [key, value] of Object.entries(made)) {
    const known = target[key]
    if (Array.isArray(known) && Array.isArray(value)) known.push(...(value as unknown[]))
    else target[key] = value
  }
  for (const key of Object.getOwnPropertySymbols(made)) {
    Object.defineProperty(target, key, Object.getOwnPropertyDescriptor(made, key) ?? {})
  }
}

/** Applies a segment map: what it says goes into the resource. */
export function applySegment(map: CompiledMap, segment: V2Segment, target: Json, near: Near, run: RunContext): void {
  const application = new Application(map, target, run)
  run.segment = segment
  for (const { number, rows } of map.sources) {
    run.field = number
    if (number === 0) {
      const scope: Scope = { name: map.owner, segment, value: undefined, field: 0, near }
      for (const row of rows) application.row(row, scope, 0)
      continue
    }
    const values = segment.values(number)
    for (let i = 0; i < values.length; i++) {
      const scope: Scope = { name: map.owner, segment, value: values[i], field: number, near }
      for (const row of rows) application.row(row, scope, i)
    }
  }
  run.field = 0
}

/** Applies a data type map to a value; gives the value of a primitive type. */
function applyDataType(map: CompiledMap, value: V2Value, target: Json, run: RunContext): unknown {
  const application = new Application(map, target, run)
  const near: Near = () => undefined
  for (const { number, rows } of map.sources) {
    const part = number === 0 ? value : value.part(number)
    if (part === undefined) continue
    const scope: Scope = { name: map.owner, segment: undefined, value: part, whole: value, field: number, near }
    for (const row of rows) application.row(row, scope, 0)
  }
  return application.primitive
}
