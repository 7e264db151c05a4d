import { parseCondition } from '../condition/parse-condition.ts'
import { NATIVE_NODES, NATIVE_TYPES } from '../datatypes/native-types.ts'
import type { Vocabulary } from '../datatypes/vocabulary.ts'
import type { ElementMap, MapRow, MapSet } from '../maps/map-row.ts'
import { mapKey } from '../maps/map-row.ts'
import type { Test } from './compile-condition.ts'
import { compileCondition } from './compile-condition.ts'
import type { CompiledMap, CompiledRow, RefusedRow, ValueMaker } from './compiled-map.ts'
import { parseComposition } from './composition.ts'
import { canonicalType, isPrimitive, isResource } from './element-types.ts'
import type { TargetStep } from './target-path.ts'
import { parseTarget, targetTypeOf } from './target-path.ts'

/** Compiles segment and data type maps when they are first asked for, and keeps what could not be used. */
export class MapCompiler {
  readonly refused: RefusedRow[] = []
  private readonly maps: MapSet
  private readonly dataTypeNames: ReadonlySet<string>
  private readonly compiled = new Map<string, CompiledMap | undefined>()

  constructor(maps: MapSet) {
    this.maps = maps
    this.dataTypeNames = new Set([...maps.dataTypes.keys()].map(key => key.replace(/\[.*/, '').toUpperCase()))
  }

  readonly isDataType = (name: string): boolean => this.dataTypeNames.has(name)

  segmentMap(name: string): CompiledMap | undefined {
    return this.once(`segment ${name}`, name, this.maps.segments.get(mapKey(name)))
  }

  dataTypeMap(name: string): CompiledMap | undefined {
    return this.once(`type ${mapKey(name)}`, name, this.maps.dataTypes.get(mapKey(name)))
  }

  vocabulary(name: string): Vocabulary {
    return { name, table: this.maps.concepts.get(mapKey(name)) }
  }

  /** Compiles everything, so that `refused` lists all. */
  all(): void {
    for (const name of this.maps.segments.keys()) this.segmentMap(name.toUpperCase())
    for (const name of this.maps.dataTypes.keys()) this.dataTypeMap(name)
  }

  private once(key: string, name: string, map: ElementMap | undefined): CompiledMap | undefined {
    if (!this.compiled.has(key)) this.compiled.set(key, map && this.compile(name, map))
    return this.compiled.get(key)
  }

  private compile(name: string, map: ElementMap): CompiledMap {
    const owner = name.replace(/\[.*/, '').toUpperCase()
    const type = canonicalType(targetTypeOf(name))
    const resolved: Resolved[] = []
    for (const [source, rows] of map) {
      const number = sourceNumber(source)
      if (number === undefined) continue
      for (const row of rows) {
        const found = this.resolve(name, owner, type, source, number, row)
        if (found !== undefined) resolved.push(found)
      }
    }
    return assemble(name, owner, type, resolved)
  }

  private resolve(
    name: string,
    owner: string,
    type: string,
    source: string,
    number: number,
    row: MapRow,
  ): Resolved | undefined {
    const refuse = (reason: string): undefined => {
      this.refused.push({ map: name, source, what: row.to, reason })
      return undefined
    }
    const target = parseTarget(row.to, type)
    if (!target.ok) return refuse(target.reason)
    let test: Test | undefined
    if (row.when !== undefined) {
      const parsed = parseCondition(row.when)
      if (!parsed.ok) return refuse(`condition: ${parsed.reason}`)
      test = compileCondition(parsed.condition, owner, this.isDataType)
    }
    const maker = this.maker(row, owner, target.steps)
    const steps = typeof maker === 'string' ? target.steps : adapted(target.steps, row, type)
    if (typeof maker === 'string') return refuse(maker)
    const vocabulary = row.vocabulary === undefined ? undefined : this.vocabulary(row.vocabulary)
    return { number, source, test, steps, maker, vocabulary, path: pathText(type, steps) }
  }

  private maker(row: MapRow, owner: string, steps: readonly TargetStep[]): ValueMaker | string {
    if (row.value !== undefined) {
      return parseComposition(row.value, owner, this.isDataType) ?? `assignment: ${row.value}`
    }
    const last = steps.at(-1)
    if (row.using === undefined) {
      if (last !== undefined && (!isPrimitive(last.type) || last.type === 'xhtml')) return `no map makes a ${last.type}`
      return { kind: 'primitive' }
    }
    const key = mapKey(row.using)
    const node = NATIVE_NODES.get(key)
    if (node !== undefined) return { kind: 'node', make: node }
    const native = NATIVE_TYPES.get(key)
    if (native !== undefined) return { kind: 'native', make: native(name => this.vocabulary(name)) }
    const map = this.dataTypeMap(row.using)
    if (map !== undefined) return { kind: 'map', map }
    return last !== undefined && isPrimitive(last.type) ? { kind: 'primitive' } : `no data type map ${row.using}`
  }
}

interface Resolved {
  readonly number: number
  readonly source: string
  readonly test: Test | undefined
  readonly steps: readonly TargetStep[]
  readonly maker: ValueMaker
  readonly vocabulary: Vocabulary | undefined
  readonly path: string
}

/**
 * `practitioner` by `XCN[Practitioner]`: the map makes the resource that the reference leads to. `family` by `FN[HumanName]`: the map
 * writes to what holds the element.
 */
function adapted(steps: readonly TargetStep[], row: MapRow, type: string): readonly TargetStep[] {
  const last = steps.at(-1)
  const made = canonicalType(targetTypeOf(row.using ?? ''))
  const holder = steps.at(-2)?.type ?? type
  if (last !== undefined && isPrimitive(last.type) && made === holder) return steps.slice(0, -1)
  if (last?.type !== 'Reference' || !isResource(made)) return steps
  return [...steps, { name: made, type: made, many: false, kind: 'resource', key: `${last.key}(${made})` }]
}

/** `PID-3`, `CX.4`: 3, 4; `PID`, `CWE` and an empty source mean the whole: 0. */
function sourceNumber(source: string): number | undefined {
  if (source === '' || /^[A-Z0-9]{2,3}$/.test(source)) return 0
  const match = /^[A-Z][A-Z0-9]{1,2}[-.](\d+)$/.exec(source)
  return match === null ? undefined : Number(match[1])
}

function pathText(type: string, steps: readonly TargetStep[]): string {
  let text = type
  for (const step of steps) text = step.kind === 'resource' ? step.name : `${text}.${step.name}`
  return text
}

function assemble(name: string, owner: string, type: string, resolved: readonly Resolved[]): CompiledMap {
  const slots = new Map<string, number>()
  const users = new Map<string, Set<string>>()
  for (const { steps, source } of resolved) {
    for (const { key } of steps) {
      if (!slots.has(key)) slots.set(key, slots.size)
      const known = users.get(key)
      if (known === undefined) users.set(key, new Set([source]))
      else known.add(source)
    }
  }
  const sources = new Map<number, CompiledRow[]>()
  for (const { number, test, steps, maker, vocabulary, path } of resolved) {
    const alone = steps.findIndex(step => step.many && users.get(step.key)?.size === 1)
    const row: CompiledRow = {
      test,
      steps: steps.map(({ key, ...step }) => ({ ...step, slot: slots.get(key) ?? 0 })),
      repeats: alone >= 0 ? alone : steps.findLastIndex(step => step.many),
      maker,
      vocabulary,
      path,
    }
    const rows = sources.get(number)
    if (rows === undefined) sources.set(number, [row])
    else rows.push(row)
  }
  return { name, owner, type, slots: slots.size, sources: [...sources].map(([number, rows]) => ({ number, rows })) }
}
