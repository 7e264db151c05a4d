import { parseCondition } from '../condition/parse-condition.ts'
import type { MessageMap, MessageMapRow } from '../maps/map-row.ts'
import type { Test } from './compile-condition.ts'
import { compileCondition } from './compile-condition.ts'
import type { MapCompiler } from './compile-map.ts'
import type { CompiledMap } from './compiled-map.ts'
import { elementType, isKnownType } from './element-types.ts'
import type { Structure, StructureGroup } from './structure.ts'
import { parseStructure } from './structure.ts'

export interface CompiledReference {
  /** Label and type of the resource that refers. */
  readonly from: string
  readonly fromType: string
  /** Steps to the reference: `participant`, `individual`. */
  readonly path: readonly { readonly name: string; readonly many: boolean }[]
  readonly to: string
  readonly toType: string
}

export interface CompiledMessageRow {
  readonly test: Test | undefined
  readonly label: string
  readonly type: string
  /** The group whose instance a resource of this label belongs to; undefined: each segment makes its own. */
  readonly scope: StructureGroup | undefined
  readonly map: CompiledMap
  readonly references: readonly CompiledReference[]
}

export interface CompiledMessage {
  readonly name: string
  readonly structure: Structure
  readonly rows: ReadonlyMap<string, readonly CompiledMessageRow[]>
}

/** `Observation[2].note`: label `Observation[2]`, type `Observation`. */
function labelOf(target: string): { label: string; type: string } {
  const match = /^([A-Za-z]+)(\[[^\]]*\])?/.exec(target.trim())
  const type = match?.[1] ?? ''
  return { label: `${type}${match?.[2] ?? ''}`, type }
}

export function compileMessage(name: string, map: MessageMap, compiler: MapCompiler): CompiledMessage {
  const structure = parseStructure(map.structure)
  const scopes = scopesOf(structure, map.rows)
  const rows = new Map<string, CompiledMessageRow[]>()
  for (const row of map.rows) {
    const refuse = (reason: string): void => {
      compiler.refused.push({ map: name, source: row.at, what: `${row.target} ${row.using}`, reason })
    }
    const { label, type } = labelOf(row.target)
    if (label === 'Bundle') continue
    const compiled = row.using === '' ? undefined : compiler.segmentMap(row.using)
    if (compiled === undefined) {
      refuse(row.using === '' ? 'it names no map' : 'there is no such map')
      continue
    }
    if (compiled.type !== type) {
      refuse(`the map makes a ${compiled.type}`)
      continue
    }
    let test: Test | undefined
    if (row.when !== undefined) {
      const parsed = parseCondition(row.when)
      if (!parsed.ok) {
        refuse(`condition: ${parsed.reason}`)
        continue
      }
      test = compileCondition(parsed.condition, segmentOf(row.at), compiler.isDataType)
    }
    const references = referencesOf(row, label, refuse)
    const list = rows.get(row.at)
    const made = { test, label, type, scope: scopes.get(scopeKey(row)), map: compiled, references }
    if (list === undefined) rows.set(row.at, [made])
    else list.push(made)
  }
  return { name, structure, rows }
}

function segmentOf(at: string): string {
  return (at.split('.').at(-1) ?? '').replace(/@.*/, '')
}

/** Provenance tells of one segment each, whatever number the sheets give it. */
function scopeKey({ at, target }: MessageMapRow): string {
  const { label, type } = labelOf(target)
  return type === 'Provenance' && !at.endsWith('SFT') ? `${label}@${at}` : label
}

function scopesOf(structure: Structure, rows: readonly MessageMapRow[]): Map<string, StructureGroup | undefined> {
  const places = new Map<string, Set<string>>()
  for (const row of rows) {
    const key = scopeKey(row)
    places.set(key, (places.get(key) ?? new Set()).add(row.at))
  }
  const scopes = new Map<string, StructureGroup | undefined>()
  for (const [key, ats] of places) {
    const leaves = [...ats].flatMap(at => structure.leaves.find(leaf => leaf.at === at) ?? [])
    const [only] = leaves
    if (leaves.length > 0 && leaves.every(leaf => leaf.repeats)) scopes.set(key, undefined)
    else
      scopes.set(
        key,
        leaves
          .map(leaf => leaf.group)
          .reduce<StructureGroup>((a, b) => commonGroup(a, b), only?.group ?? structure.root),
      )
  }
  return scopes
}

function commonGroup(a: StructureGroup, b: StructureGroup): StructureGroup {
  let [one, other] = [a, b]
  while (one !== other) {
    if (one.depth >= other.depth && one.parent !== undefined) one = one.parent
    else if (other.parent !== undefined) other = other.parent
    else return one
  }
  return one
}

/** Reads `Observation[2].subject.reference=Patient[1].id; ...`; the suffixes say nothing that the type does not. */
function referencesOf(row: MessageMapRow, own: string, refuse: (reason: string) => void): CompiledReference[] {
  return (row.references ?? '').split(';').flatMap(text => {
    const [left = '', right = ''] = text.split('=').map(side => side.trim())
    if (left === '' || right.startsWith('Bundle') || right.startsWith('"')) return []
    const from = labelOf(left)
    const to = labelOf(right)
    const path = left
      .slice(from.label.length)
      .replace(/\.(?:reference|id)$/, '')
      .split('.')
      .filter(step => step !== '')
    const steps: { name: string; many: boolean }[] = []
    let type = from.type
    for (const name of path) {
      const element = elementType(type, name)
      if (element === undefined) {
        refuse(`reference: ${type} has no ${name}`)
        return []
      }
      steps.push({ name, many: element.many })
      type = element.type
    }
    if (type !== 'Reference' || !isKnownType(to.type)) {
      refuse(`reference: ${text.trim()}`)
      return []
    }
    const ownType = labelOf(own).type
    const label = from.type === ownType && !/\[/.test(from.label) ? own : from.label
    return [{ from: label, fromType: from.type, path: steps, to: to.label, toType: to.type }]
  })
}
