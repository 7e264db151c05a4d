import { formatValue } from './format-value.ts'
import type { Criterion, Modifier, ParameterCriterion, SearchValue } from './query.ts'

const OPERATORS: Partial<Record<Modifier, string>> = {
  contains: 'co',
  starts: 'sw',
  ends: 'ew',
  overlaps: 'po',
  below: 'ss',
  above: 'sb',
  in: 'in',
  'not-in': 'ni',
}

/** Writes conditions that came from a `_filter` as one (R4 search_filter.html). */
export function formatFilter(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'parameter':
      return formatLeaf('', criterion)
    case 'missing':
      return `${criterion.parameter.code} pr ${String(!criterion.missing)}`
    case 'filter':
      return formatFilter(criterion.criterion)
    case 'not':
      return criterion.criterion.kind === 'parameter' && isPlain(criterion.criterion)
        ? formatLeaf('', criterion.criterion, 'ne')
        : `not (${formatFilter(criterion.criterion)})`
    case 'and':
    case 'or':
      return criterion.criteria.map(part => group(part)).join(` ${criterion.kind} `)
    case 'chain':
      return formatChain(criterion.parameter.code, criterion.targets[0]?.criterion)
    case 'has':
    case 'fulltext':
    case 'list':
      // The grammar of _filter has no words for these, and its parser makes none of them.
      return ''
  }
}

function group(part: Criterion): string {
  return part.kind === 'and' || part.kind === 'or' ? `(${formatFilter(part)})` : formatFilter(part)
}

/** Whether `ne` says the same as `not ( … eq … )`. */
function isPlain(criterion: ParameterCriterion): boolean {
  const [value] = criterion.values
  const isEqual = criterion.modifier === undefined || criterion.modifier === 'equal'
  return isEqual && !(value !== undefined && 'prefix' in value && value.prefix !== 'eq')
}

function formatChain(path: string, inner: Criterion | undefined): string {
  if (inner === undefined) return ''
  if (inner.kind === 'and') {
    // name[filter].rest is a condition and a path on what the name leads to.
    const [condition, rest] = inner.criteria
    if (condition === undefined || rest === undefined) return ''
    return `${path}[${formatFilter(condition)}].${formatFilter(rest)}`
  }
  return `${path}.${formatFilter(inner)}`
}

function formatLeaf(path: string, criterion: ParameterCriterion, negated?: 'ne'): string {
  const [value] = criterion.values
  if (value === undefined) return ''
  const name = path + criterion.parameter.code
  const { modifier, parameter } = criterion
  if (modifier === 'below' && parameter.type === 'uri') return `${name} sw ${formatFilterValue(value)}`
  const prefix = 'prefix' in value ? value.prefix : 'eq'
  const operator = negated ?? (modifier === undefined ? prefix : (OPERATORS[modifier] ?? 'eq'))
  return `${name} ${operator} ${formatFilterValue('prefix' in value ? { ...value, prefix: 'eq' } : value)}`
}

/** A text is a JSON string; what may have spaces or brackets too. */
function formatFilterValue(value: SearchValue): string {
  if (value.type === 'string') return JSON.stringify(value.text)
  const text = formatValue(value).replaceAll('\\,', ',')
  return /[\s()[\]"]/.test(text) ? JSON.stringify(text) : text
}
