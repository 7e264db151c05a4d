import { type Category, type CategoryFacts, categories, categoryTable } from '@samband/errors'

export type CategoryRow = CategoryFacts & { readonly category: Category }

declare const data: readonly CategoryRow[]
export { data }

/** Loaded by VitePress when it builds docs/concepts/errors.md, so that the page is the table that the code uses. */
export default {
  load: (): readonly CategoryRow[] => categories.map(category => ({ category, ...categoryTable[category] })),
}
