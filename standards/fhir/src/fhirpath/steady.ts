import type { Expression } from './syntax.ts'

/** Functions whose arguments are evaluated for each item, so that a name in them is the item's and not the focus's. */
const FOR_EACH_ITEM: ReadonlySet<string> = new Set([
  'where',
  'select',
  'all',
  'exists',
  'repeat',
  'repeatAll',
  'sort',
  'iif',
])

/** Functions whose argument is a type, and functions that do more than give a value. */
const OF_TYPES: ReadonlySet<string> = new Set(['ofType', 'as', 'is', 'getReferenceKey'])
const WITH_EFFECT: ReadonlySet<string> = new Set(['trace'])

/**
 * Whether an expression gives the same wherever the focus is during one evaluation: it starts from a variable such as
 * `%resource`, and asks nothing of the focus on its way. Within `all(…)` or `where(…)` it need not be evaluated again for
 * each item: `%resource.descendants()` in R4's rule on contained resources, `%resource.snapshot.element.first()` in its
 * rule on paths.
 */
export function isSteady(expression: Expression): boolean {
  switch (expression.kind) {
    case 'variable':
    case 'empty':
    case 'boolean':
    case 'string':
    case 'integer':
    case 'decimal':
    case 'temporal':
    case 'quantity':
      return true
    case 'this':
    case 'index':
    case 'total':
      return false
    case 'member':
      return expression.source !== undefined && isSteady(expression.source)
    case 'indexer':
      return isSteady(expression.source) && isSteady(expression.index)
    case 'polarity':
    case 'type':
      return isSteady(expression.operand)
    case 'binary':
      return isSteady(expression.left) && isSteady(expression.right)
    case 'call':
      return isSteadyCall(expression)
  }
}

function isSteadyCall(call: Expression & { readonly kind: 'call' }): boolean {
  if (call.source === undefined || WITH_EFFECT.has(call.name) || !isSteady(call.source)) return false
  if (OF_TYPES.has(call.name)) return true
  if (FOR_EACH_ITEM.has(call.name)) return !call.arguments.some(usesOuterFold)
  return call.arguments.every(isSteady)
}

/** `$total` and `$index` may be those of a loop around the call. */
function usesOuterFold(expression: Expression): boolean {
  switch (expression.kind) {
    case 'total':
    case 'index':
      return true
    case 'member':
      return expression.source !== undefined && usesOuterFold(expression.source)
    case 'call':
      return (
        (expression.source !== undefined && usesOuterFold(expression.source)) ||
        expression.arguments.some(usesOuterFold)
      )
    case 'indexer':
      return usesOuterFold(expression.source) || usesOuterFold(expression.index)
    case 'polarity':
    case 'type':
      return usesOuterFold(expression.operand)
    case 'binary':
      return usesOuterFold(expression.left) || usesOuterFold(expression.right)
    default:
      return false
  }
}
