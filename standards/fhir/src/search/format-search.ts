import { escapeValue } from './escape.ts'
import { encodePairs, type Pair } from './form-encoding.ts'
import { formatFilter } from './format-filter.ts'
import { formatValue } from './format-value.ts'
import type { Criterion, Include, ResultOptions, SearchQuery } from './query.ts'

/**
 * Writes a search as the pairs that `parseSearch` reads into the same query: for links to the next page, `self` links and
 * the criteria of a subscription.
 */
export function searchPairs(query: SearchQuery, onOneType: boolean): readonly Pair[] {
  const pairs: Pair[] = []
  if (!onOneType && query.resourceTypes.length > 0) pairs.push(['_type', query.resourceTypes.join(',')])
  for (const criterion of query.criteria) pairs.push(criterionPair(criterion))
  return [...pairs, ...resultPairs(query.result)]
}

/** The same as the text after `?`. */
export function formatSearch(query: SearchQuery, onOneType: boolean): string {
  return encodePairs(searchPairs(query, onOneType))
}

function criterionPair(criterion: Criterion): Pair {
  switch (criterion.kind) {
    case 'parameter': {
      const modifier = criterion.modifier === undefined ? '' : `:${criterion.modifier}`
      return [criterion.parameter.code + modifier, criterion.values.map(formatValue).join(',')]
    }
    case 'missing':
      return [`${criterion.parameter.code}:missing`, String(criterion.missing)]
    case 'chain': {
      // A text takes what another type wrote, and not the other way: it has no separators of its own.
      const first = criterion.targets.find(each => !endsInText(each.criterion)) ?? criterion.targets[0]
      const type = criterion.targetType === undefined ? '' : `:${criterion.targetType}`
      const [name, value] = first === undefined ? ['', ''] : criterionPair(first.criterion)
      return [`${criterion.parameter.code}${type}.${name}`, value]
    }
    case 'has': {
      const [name, value] = criterionPair(criterion.criterion)
      return [`_has:${criterion.resourceType}:${criterion.parameter.code}:${name}`, value]
    }
    case 'fulltext':
      return [criterion.scope === 'narrative' ? '_text' : '_content', criterion.values.map(escapeValue).join(',')]
    case 'list':
      return ['_list', criterion.lists.map(escapeValue).join(',')]
    case 'filter':
      return ['_filter', formatFilter(criterion.criterion)]
    case 'and':
    case 'or':
    case 'not':
      return ['_filter', formatFilter(criterion)]
  }
}

function endsInText(criterion: Criterion): boolean {
  if (criterion.kind === 'chain') return criterion.targets.every(each => endsInText(each.criterion))
  if (criterion.kind === 'has') return endsInText(criterion.criterion)
  return criterion.kind === 'parameter' && criterion.parameter.type === 'string'
}

function includePair(name: string, include: Include): Pair {
  const target = include.targetType === undefined ? '' : `:${include.targetType}`
  const value = include.sourceType === '*' ? '*' : `${include.sourceType}:${include.code}${target}`
  return [include.iterate ? `${name}:iterate` : name, value]
}

function resultPairs(result: ResultOptions): readonly Pair[] {
  const pairs: Pair[] = [
    ...result.include.map(include => includePair('_include', include)),
    ...result.revinclude.map(include => includePair('_revinclude', include)),
  ]
  const sort = result.sort.map(key => (key.descending ? `-${key.code}` : key.code)).join(',')
  const elements = result.elements.join(',')
  const single: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['_sort', sort === '' ? undefined : sort],
    ['_count', result.count],
    ['_total', result.total],
    ['_summary', result.summary],
    ['_elements', elements === '' ? undefined : elements],
    ['_contained', result.contained],
    ['_containedType', result.containedType],
    ['_format', result.format],
    ['_pretty', result.pretty],
  ]
  for (const [name, value] of single) if (value !== undefined) pairs.push([name, String(value)])
  return pairs
}
