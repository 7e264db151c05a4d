import type { OverlayNode, OverlaySlicing, Slice } from './overlay.ts'
import { applyNode, checkCount } from './overlay-apply.ts'
import { at, type PlacedItem } from './overlay-items.ts'
import type { Run } from './run.ts'

/** Sorts items into slices and looks at each by its slice (FHIR R4 profiling.html#slicing). */
export function applySlices(run: Run, node: OverlayNode, slicing: OverlaySlicing, items: readonly PlacedItem[]): void {
  const members = new Map<Slice, PlacedItem[]>()
  let isUntold = false
  let lastSlice = -1
  let hasUnmatched = false
  for (const placed of items) {
    const { place, untold } = sliceOf(run, slicing.slices, placed)
    isUntold ||= untold
    const slice = place === -1 ? undefined : slicing.slices[place]
    if (slice === undefined) {
      hasUnmatched = true
      if (slicing.rules === 'closed' && !untold) {
        at(run, node, placed, () =>
          run.add('error', 'slice-unmatched', `Only the slices that the profile names may stand in ${node.name}`, {
            profile: node.profile,
          }),
        )
      }
      continue
    }
    if (slicing.isOrdered && place < lastSlice)
      outOfOrder(run, node, placed, 'The slices stand in the order of the profile')
    if (slicing.rules === 'openAtEnd' && hasUnmatched)
      outOfOrder(run, node, placed, 'Other entries stand behind those of the slices')
    lastSlice = Math.max(lastSlice, place)
    const known = members.get(slice)
    if (known === undefined) members.set(slice, [placed])
    else known.push(placed)
  }
  for (const slice of slicing.slices) applySlice(run, slice, members.get(slice) ?? [], isUntold)
}

/** The place of the first slice that an item is of, -1 for none; `untold` where some discriminator could not be looked at. */
function sliceOf(run: Run, slices: readonly Slice[], { item }: PlacedItem): { place: number; untold: boolean } {
  let untold = false
  for (let place = 0; place < slices.length; place++) {
    const matches = slices[place]?.matches(run, item)
    if (matches === true) return { place, untold: false }
    if (matches === undefined) untold = true
  }
  return { place: -1, untold }
}

function applySlice(run: Run, { node }: Slice, items: readonly PlacedItem[], isUntold: boolean): void {
  if (isUntold && items.length < node.min) {
    run.add(
      'information',
      'slice-untold',
      `Whether the slice ${node.sliceName} of ${node.name} is there cannot be told`,
      {
        member: node.name,
        profile: node.profile,
      },
    )
  } else checkCount(run, node, items.length)
  for (const placed of items) at(run, node, placed, () => applyNode(run, node, placed.item))
  if (node.slicing !== undefined) applySlices(run, node, node.slicing, items)
}

function outOfOrder(run: Run, node: OverlayNode, placed: PlacedItem, text: string): void {
  at(run, node, placed, () => run.add('error', 'slice-order', text, { profile: node.profile }))
}
