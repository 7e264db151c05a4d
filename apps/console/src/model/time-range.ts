/** What the search's time filter offers; a range is a preset's name or 'from..to' in local time. */
export const timePresets = [
  { value: '15m', label: 'Last 15 minutes', minutes: 15 },
  { value: '1h', label: 'Last hour', minutes: 60 },
  { value: '4h', label: 'Last 4 hours', minutes: 240 },
  { value: '24h', label: 'Last 24 hours', minutes: 1_440 },
  { value: '7d', label: 'Last 7 days', minutes: 10_080 },
  { value: '30d', label: 'Last 30 days', minutes: 43_200 },
  { value: 'all', label: 'All kept messages', minutes: null },
] as const

export const defaultRange = '24h'

export type TimeBounds = { readonly from?: string; readonly to?: string }

const separator = '..'

/** Bounds as the API wants them. A range that nobody can read means the default, as a link may be old or mistyped. */
export function boundsOf(range: string, nowMs: number): TimeBounds {
  const preset = timePresets.find(candidate => candidate.value === range)
  if (preset) return preset.minutes === null ? {} : { from: new Date(nowMs - preset.minutes * 60_000).toISOString() }
  if (!range.includes(separator)) return boundsOf(defaultRange, nowMs)
  const [from, to] = range.split(separator).map(parseLocal)
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) }
}

/** 'from..to' of two `datetime-local` values; either may be empty. */
export const customRange = (from: string, to: string): string => `${from}${separator}${to}`

export function customParts(range: string): { readonly from: string; readonly to: string } | null {
  if (!range.includes(separator)) return null
  const [from = '', to = ''] = range.split(separator)
  return { from, to }
}

export function rangeLabel(range: string): string {
  const preset = timePresets.find(candidate => candidate.value === range)
  if (preset) return preset.label
  const parts = customParts(range)
  if (!parts) return 'Last 24 hours'
  const show = (value: string): string => value.replace('T', ' ')
  if (!parts.to) return `Since ${show(parts.from)}`
  if (!parts.from) return `Until ${show(parts.to)}`
  return `${show(parts.from)} to ${show(parts.to)}`
}

function parseLocal(value: string): string | null {
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
