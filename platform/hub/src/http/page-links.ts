import { encodePairs, type Pair } from '@samband/fhir/search'
import type { BundleLink } from './bundle-text.ts'

/** Ours: where a page continues. */
export const cursorParameter = '_cursor'

/** Links of a page (FHIR R4 http.html#paging). `pairs` are those of this page; `next` and `previous` are cursors. */
export function pageLinks(
  address: string,
  pairs: readonly Pair[],
  { next, previous }: { readonly next?: string | undefined; readonly previous?: string | undefined },
): readonly BundleLink[] {
  const first = pairs.filter(([name]) => name !== cursorParameter)
  const at = (cursor: string): string => url(address, [...first, [cursorParameter, cursor]])
  return [
    { relation: 'self', url: url(address, pairs) },
    { relation: 'first', url: url(address, first) },
    ...(previous === undefined ? [] : [{ relation: 'previous' as const, url: at(previous) }]),
    ...(next === undefined ? [] : [{ relation: 'next' as const, url: at(next) }]),
  ]
}

function url(address: string, pairs: readonly Pair[]): string {
  return pairs.length === 0 ? address : `${address}?${encodePairs(pairs)}`
}
