import type { Json, RunContext } from './run-context.ts'

/** Takes away what says nothing: empty objects and lists, extensions without a value, codings without a code. */
export function prune(resource: Json, run: RunContext): boolean {
  for (const key of Object.keys(resource)) {
    const value = resource[key]
    if (typeof value === 'string' && value !== '') {
      if (key === 'end') orderPeriod(resource, run)
      continue
    }
    if (value === undefined || value === '') delete resource[key]
    else if (Array.isArray(value)) {
      const kept = (value as unknown[]).filter(item => keep(item, run))
      if (kept.length === 0) delete resource[key]
      else if (kept.length < value.length) resource[key] = kept
    } else if (typeof value === 'object' && !keep(value, run)) delete resource[key]
  }
  return Object.keys(resource).length > 0
}

function keep(item: unknown, run: RunContext): boolean {
  if (item === undefined || item === '') return false
  if (typeof item !== 'object' || item === null) return true
  const object = item as Json
  // A reference waits for its address and is kept as it is.
  if ('reference' in object && object['reference'] === '') return true
  if (!prune(object, run)) return false
  const keys = Object.keys(object)
  if (keys.length === 1 && keys[0] === 'url') return false
  return !keys.every(key => QUALIFIERS.has(key))
}

/** Parts that tell something about a value; without one they say nothing. */
const QUALIFIERS = new Set(['system', 'use', 'rank', '_system'])

/** per-1: a period does not end before it starts. The sender's mistake is said, and the end left out. */
function orderPeriod(value: Json, run: RunContext): void {
  const { start, end } = value
  if (typeof start !== 'string' || typeof end !== 'string' || start.length < 10 || end.length < 10) return
  if (Date.parse(end) >= Date.parse(start)) return
  delete value['end']
  run.issue('value-invalid', 'warning', 'A period ends before it starts; its end was left out')
}
