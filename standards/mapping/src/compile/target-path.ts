import { elementType, isKnownType, isPrimitive } from './element-types.ts'

/** One step of a target path, resolved against FHIR's types. */
export interface TargetStep {
  /** Name of the property, `_birthDate` where an extension of a primitive value is meant. */
  readonly name: string
  /** Type of what stands there: `HumanName`, `date`, `Practitioner` for a referenced resource. */
  readonly type: string
  readonly many: boolean
  /** `element`: a property; `resource`: the resource that the reference before it leads to. */
  readonly kind: 'element' | 'resource'
  /** The path up to here with its labels: what names one occurrence. */
  readonly key: string
}

export type TargetResult =
  | { readonly ok: true; readonly steps: readonly TargetStep[] }
  | { readonly ok: false; readonly reason: string }

/** Reads a target path and resolves it from the type it starts at. `$this` and `$value` have no steps. */
export function parseTarget(path: string, owner: string): TargetResult {
  const steps: TargetStep[] = []
  let type = owner
  let rest = path.replaceAll(' ', '')
  if (rest === '$this' || rest === '$value') return { ok: true, steps }
  rest = rest.replace(/^\[1\]\./, '')
  while (rest !== '') {
    if (/^\)+$/.test(rest)) break
    const match = /^\.?([A-Za-z]+)(?:\[([^\]]*)\])?/.exec(rest)
    if (match === null) return refused(`cannot read ${rest}`)
    rest = rest.slice(match[0].length)
    const name = match[1] ?? ''
    const leads = /^\(([A-Z][A-Za-z]+)(?:\[[^\]]*\])?/.exec(rest)
    const before = steps.at(-1)
    const prefix = before === undefined ? '' : `${before.key}.`
    const key = `${prefix}${name}[${match[2] ?? ''}]`
    if (before !== undefined && isPrimitive(type)) {
      if (name !== 'extension') return refused(`${type} has no ${name}`)
      steps[steps.length - 1] = { ...before, name: `_${before.name}`, type: 'Element' }
      steps.push({ name, type: 'Extension', many: true, kind: 'element', key })
      type = 'Extension'
      continue
    }
    const element = elementType(type, name) ?? (leads === null ? undefined : elementType(type, `${name}Reference`))
    if (element === undefined) return refused(`${type} has no ${name}`)
    const property = elementType(type, name) === undefined ? `${name}Reference` : name
    steps.push({ name: property, type: element.type, many: element.many, kind: 'element', key })
    type = element.type
    if (leads === null) continue
    const resource = leads[1] ?? ''
    if (type === resource) {
      // `note(Annotation.text)`: the sheets sometimes name the data type itself.
      rest = rest.slice(leads[0].length)
      continue
    }
    if (type !== 'Reference') return refused(`${name} is no reference`)
    if (!isKnownType(resource)) return refused(`unknown type ${resource}`)
    steps.push({ name: resource, type: resource, many: false, kind: 'resource', key: `${key}(${resource})` })
    type = resource
    rest = rest.slice(leads[0].length)
  }
  return steps.length === 0 ? refused('it is empty') : { ok: true, steps }
}

function refused(reason: string): TargetResult {
  return { ok: false, reason }
}

/** The type that a map is made for: `EI[Identifier-Extension]` makes an Identifier. */
export function targetTypeOf(mapName: string): string {
  return /\[([A-Za-z]+)/.exec(mapName)?.[1] ?? ''
}
