import { hasErrors } from '../issue.ts'
import { checkBinding } from './bindings.ts'
import { equalsFixed, meetsPattern } from './expected-value.ts'
import { isNode } from './json-node.ts'
import type { Item, OverlayNode, OverlayType } from './overlay.ts'
import { at, itemsOf } from './overlay-items.ts'
import { checkReference } from './references.ts'
import type { Run } from './run.ts'
import { applySlices } from './slices.ts'
import { compareValues } from './value-order.ts'

/** Looks at an item by a profile, where that is known and usable. */
export function applyProfile(run: Run, canonical: string, item: Item): void {
  const found = run.kit.overlays.get(canonical)
  if (found === 'unknown') {
    run.remark(run.kit.policy.unknownProfiles, 'profile-unknown', `The profile ${canonical} is not known here`)
    return
  }
  if (found === 'unusable') {
    run.add('warning', 'profile-unusable', `The profile ${canonical} has no snapshot, and none could be made`)
    return
  }
  // A profile that is meant by one of its elements (elementdefinition-profile-element): the element is not looked for.
  if (item.type.includes('.') && !found.type.includes('.')) {
    run.add('information', 'profile-unusable', `The profile ${canonical} is of a whole resource, and this is a part`)
    return
  }
  if (!run.kit.shapes.isKindOf(item.type, found.type)) {
    run.add('error', 'profile-type-wrong', `The profile ${canonical} is of ${found.type}, and this is not one`, {
      profile: canonical,
    })
    return
  }
  if (run.isTooDeep()) return
  applyNode(run, found.root, item)
  run.applied()
}

/** Looks at an item by profiles of which one must hold. */
export function applyProfiles(run: Run, profiles: readonly string[], item: Item): void {
  const [only, ...others] = profiles
  if (only === undefined) return
  if (others.length === 0) {
    applyProfile(run, only, item)
    return
  }
  const holds = profiles.some(profile => !hasErrors(run.quietly(quiet => applyProfile(quiet, profile, item))))
  if (!holds) run.error('profile-type-wrong', `None of the profiles holds that one must: ${profiles.join(', ')}`)
}

/** Looks at one item by an element of a profile; the location is at the item. */
export function applyNode(run: Run, node: OverlayNode, item: Item): void {
  const { value, type } = item
  const more = { profile: node.profile }
  if (node.types !== undefined) checkTypes(run, node, node.types, item)
  if (node.fixed !== undefined && !equalsFixed(value, node.fixed.value)) {
    run.add('error', 'fixed-differs', `The value of ${node.name} is fixed by the profile to another one`, more)
  }
  if (node.pattern !== undefined && !meetsPattern(value, node.pattern.value)) {
    run.add('error', 'pattern-differs', `The value of ${node.name} does not have what the profile's pattern has`, more)
  }
  if (node.binding !== undefined && value !== undefined) checkBinding(run, node.binding, type, value, node.profile)
  checkBounds(run, node, value)
  if (node.rules.length > 0 && value !== undefined) run.rules(node.rules, value, node.profile)
  for (const child of node.children) applyChild(run, child, item)
}

function applyChild(run: Run, node: OverlayNode, parent: Item): void {
  const items = itemsOf(parent, node.members)
  if (node.isCounted) checkCount(run, node, items.length)
  for (const placed of items) at(run, node, placed, () => applyNode(run, node, placed.item))
  if (node.slicing !== undefined) applySlices(run, node, node.slicing, items)
}

export function checkCount(run: Run, node: OverlayNode, count: number): void {
  const isSlice = node.sliceName !== undefined
  const what = isSlice ? `the slice ${node.sliceName} of ${node.name}` : node.name
  const more = { member: node.name, profile: node.profile }
  if (count < node.min) {
    const times = node.min === 1 ? '' : `, at least ${node.min} times`
    run.add('error', isSlice ? 'slice-missing' : 'element-missing', `${what} is required${times}`, more)
  } else if (node.max === 0 && count > 0) {
    run.add('error', isSlice ? 'slice-too-many' : 'element-forbidden', `${what} must not be there`, more)
  } else if (count > node.max) {
    run.add(
      'error',
      isSlice ? 'slice-too-many' : 'element-too-many',
      `${what} may stand ${node.max} times at most`,
      more,
    )
  }
}

function checkTypes(run: Run, node: OverlayNode, types: readonly OverlayType[], item: Item): void {
  const found = types.find(({ type }) => run.kit.shapes.isKindOf(item.type, type))
  if (found === undefined) {
    const names = [...new Set(types.map(({ type }) => type))].join(', ')
    run.add('error', 'type-wrong', `${node.name} is narrowed to ${names}`, { profile: node.profile })
    return
  }
  if (found.targetTypes !== undefined && isNode(item.value)) checkReference(run, item.value, found.targetTypes)
  // An extension is looked at by its own url already.
  if (found.profiles.length > 0 && item.type !== 'Extension') applyProfiles(run, found.profiles, item)
}

function checkBounds(run: Run, node: OverlayNode, value: unknown): void {
  const more = { profile: node.profile }
  if (node.maxLength !== undefined && typeof value === 'string' && value.length > node.maxLength) {
    run.add('error', 'value-too-long', `${node.name} has at most ${node.maxLength} characters`, more)
  }
  if (node.minValue !== undefined && compareValues(value, node.minValue) === -1) {
    run.add('error', 'value-out-of-range', `The value of ${node.name} is below the least that is allowed`, more)
  }
  if (node.maxValue !== undefined && compareValues(value, node.maxValue) === 1) {
    run.add('error', 'value-out-of-range', `The value of ${node.name} is above the greatest that is allowed`, more)
  }
}
