/** Longest expression that is read, in characters: the longest of R4 has about 1,300. */
export const EXPRESSION_CHARACTERS_MAX = 20_000

/** Deepest nesting of an expression. Each level is a few frames of the JavaScript stack, in the parser and when run. */
export const EXPRESSION_DEPTH_MAX = 200

/** Most items that one evaluation may produce in a single collection. */
export const COLLECTION_ITEMS_MAX = 1_000_000

/** Longest text that a pattern is matched against, in characters. */
export const MATCHED_CHARACTERS_MAX = 1_000_000
