/** Parameters of one search, of whatever kind. */
export const SEARCH_PARAMETERS_MAX = 500

/** Values of one parameter, with commas between: a list of ids may be long. */
export const SEARCH_VALUES_MAX = 10_000

/** Links of one chain, `_has` included. Each is a join. */
export const SEARCH_LINKS_MAX = 8

/**
 * Ways that the chains of one search may lead by the types of their references. Some references lead to any of 146 types:
 * two of them in a chain are some hundreds, more are refused until the client names the types.
 */
export const SEARCH_BRANCHES_MAX = 2000

/** Parts of a `_filter`, and how deep its parentheses go. */
export const FILTER_TERMS_MAX = 200
export const FILTER_DEPTH_MAX = 20

/** How far `near` looks when the search does not say, in kilometres: the standard leaves it to the server. */
export const NEAR_DISTANCE_KM_DEFAULT = 50
