import { type HubContext, versionOf } from '../../src/hub-context.ts'
import type { IndexRows } from '../../src/storage/index-rows.ts'
import type { Facts } from './resources.ts'
import type { Template } from './templates.ts'

type Dated = { readonly param: string; readonly low: number; readonly high: number }

/** What differs between the resources of one template, and is the same for all templates of a type. */
export type Shape = {
  /** Exclusive or with the patient's, encounter's or own key: a token. */
  readonly patientTokens: readonly string[]
  readonly encounterTokens: readonly string[]
  readonly ownTokens: readonly string[]
  /** Parameters of references. */
  readonly patientRefs: readonly string[]
  readonly encounterRefs: readonly string[]
}

export type CompiledTemplate = {
  readonly weight: number
  readonly low: number
  readonly high: number
  /** For PostgreSQL's `format`: id, patient, encounter, time, end, value, lastUpdated. */
  readonly content: string
  readonly shape: Shape
  readonly tokens: readonly string[]
  readonly refs: readonly string[]
  /** Relative to the time of the resource, milliseconds; an infinite one stays. */
  readonly dates: readonly Dated[]
  readonly quantities: readonly {
    readonly param: string
    readonly unit: string
    /** Of the resource's value. */
    readonly factor: number
    readonly offset: number
  }[]
  readonly rows: IndexRows
}

export const hourMs = 3_600_000
export const stayMs: number = 4 * hourMs

const one: Facts & { at: number } = {
  id: '11111111-aaaa-4aaa-8aaa-111111111111',
  patientId: '22222222-aaaa-4aaa-8aaa-222222222222',
  encounterId: '33333333-aaaa-4aaa-8aaa-333333333333',
  time: '2001-02-03T04:05:06Z',
  end: '2001-02-03T08:05:06Z',
  value: 918.25,
  at: Date.UTC(2001, 5, 6, 7, 8, 9, 123),
}
const other: Facts & { at: number } = {
  id: '44444444-bbbb-4bbb-8bbb-444444444444',
  patientId: '55555555-bbbb-4bbb-8bbb-555555555555',
  encounterId: '66666666-bbbb-4bbb-8bbb-666666666666',
  time: '2011-12-13T14:15:16Z',
  end: '2011-12-13T18:15:16Z',
  value: 564.5,
  at: Date.UTC(2011, 8, 9, 10, 11, 12, 321),
}

/** Indexes two resources of the template: what both have belongs to the template, the rest to patient, time and value. */
export function compileTemplate(context: HubContext, type: string, template: Template): CompiledTemplate {
  const [first, second] = [one, other].map(facts => indexed(context, type, template, facts))
  if (first === undefined || second === undefined) throw new Error('two are two')
  const { keys } = context.store
  const keyOf = (of: string, facts: Facts, name: 'id' | 'patientId' | 'encounterId'): string =>
    keys.resource(of, facts[name])
  const staticTokens = [...first.rows.tokens].filter(token => second.rows.tokens.has(token))
  const dynamic = [...first.rows.tokens].filter(token => !second.rows.tokens.has(token))
  const dynamicOfSecond = new Set([...second.rows.tokens].filter(token => !first.rows.tokens.has(token)))
  const paramsOf = (of: string, name: 'id' | 'patientId' | 'encounterId'): string[] =>
    dynamic
      .map(token => xor(token, keyOf(of, one, name)))
      .filter(param => dynamicOfSecond.has(xor(param, keyOf(of, other, name))))
  const shape: Shape = {
    patientTokens: paramsOf('Patient', 'patientId'),
    encounterTokens: paramsOf('Encounter', 'encounterId'),
    ownTokens: paramsOf(type, 'id'),
    patientRefs: refsTo(first.rows, keyOf('Patient', one, 'patientId')),
    encounterRefs: refsTo(first.rows, keyOf('Encounter', one, 'encounterId')),
  }
  const explained = shape.patientTokens.length + shape.encounterTokens.length + shape.ownTokens.length
  if (explained !== dynamic.length || first.rows.strings.length > 0 || first.rows.positions.length > 0) {
    throw new Error(`a template of ${type} has values that differ and are none of the facts`)
  }
  const moving = new Set([keyOf('Patient', one, 'patientId'), keyOf('Encounter', one, 'encounterId')])
  return {
    weight: template.weight,
    low: template.low,
    high: template.high,
    content: formatOf(first.content),
    shape,
    tokens: staticTokens,
    refs: pairs(first.rows.refs).flatMap(([param, target]) => (moving.has(target) ? [] : [param, target])),
    dates: first.rows.dates.map(({ param, low, high }) => ({
      param,
      low: low - Date.parse(one.time),
      high: high - Date.parse(one.time),
    })),
    quantities: first.rows.quantities.map(({ param, unit, low }, index) => ({
      param,
      unit,
      ...line(low, second.rows.quantities[index]?.low ?? Number.NaN),
    })),
    rows: first.rows,
  }
}

/** The value itself, or the same in the base unit of its kind: a straight line through two of them, which have 12 digits. */
function line(first: number, second: number): { readonly factor: number; readonly offset: number } {
  const factor = (first - second) / (one.value - other.value)
  const offset = first - one.value * factor
  // All but temperatures go through zero.
  if (Math.abs(offset) < 1e-6 * Math.abs(first)) return { factor: first / one.value, offset: 0 }
  return { factor: Number(factor.toPrecision(9)), offset: Number(offset.toPrecision(9)) }
}

function indexed(
  context: HubContext,
  type: string,
  template: Template,
  facts: typeof one,
): { readonly rows: IndexRows; readonly content: string } {
  const { rows, content } = versionOf(
    context,
    { ...template.build(facts) },
    {
      method: 'create',
      exists: false,
      type,
      id: facts.id,
      rid: 1,
      version: 1,
      at: facts.at,
    },
  )
  if (rows === undefined || content === undefined) throw new Error('a created resource has content')
  return { rows, content }
}

/** The order is that of `CompiledTemplate.content`. */
function formatOf(content: string): string {
  const parts = [
    one.id,
    one.patientId,
    one.encounterId,
    one.time,
    one.end,
    String(one.value),
    new Date(one.at).toISOString(),
  ]
  return parts.reduce((text, part, index) => text.replaceAll(part, `%${index + 1}$s`), content.replaceAll('%', '%%'))
}

function refsTo({ refs }: IndexRows, key: string): string[] {
  return pairs(refs).flatMap(([param, target]) => (target === key ? [param] : []))
}

function pairs(refs: readonly string[]): [string, string][] {
  return Array.from({ length: refs.length / 2 }, (_, index) => [refs[index * 2] ?? '', refs[index * 2 + 1] ?? ''])
}

function xor(left: string, right: string): string {
  return (BigInt(left) ^ BigInt(right)).toString()
}
