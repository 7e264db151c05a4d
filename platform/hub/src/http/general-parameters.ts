import type { SummaryMode } from '@samband/fhir'
import type { Pair } from '@samband/fhir/search'
import { HubError } from '../hub-error.ts'
import type { Preferences } from './prefer.ts'
import { malformed } from './refusal.ts'

/** What any interaction may say about its answer (FHIR R4 http.html#parameters). */
export type GeneralParameters = {
  readonly format?: string
  readonly pretty?: boolean
  readonly summary?: SummaryMode
  readonly elements: readonly string[]
}

const nothingSaid: GeneralParameters = { elements: [] }
const summaryModes: ReadonlySet<string> = new Set(['true', 'text', 'data', 'false'])

/** @throws HubError 400: a value that cannot be meant */
export function generalParameters(query: readonly Pair[]): GeneralParameters {
  if (query.length === 0) return nothingSaid
  let found = nothingSaid
  for (const [name, value] of query) {
    switch (name) {
      case '_format':
        found = { ...found, format: value }
        break
      case '_pretty':
        if (value !== 'true' && value !== 'false') throw malformed('_pretty', 'it is true or false')
        found = { ...found, pretty: value === 'true' }
        break
      case '_summary':
        // `count` is for searches, which read it themselves.
        if (!isSummaryMode(value)) throw malformed('_summary', 'it is true, text, data or false')
        found = { ...found, summary: value }
        break
      case '_elements':
        found = { ...found, elements: value.split(',').map(element => element.trim()) }
        break
    }
  }
  return found
}

function isSummaryMode(value: string): value is SummaryMode {
  return summaryModes.has(value)
}

const general: ReadonlySet<string> = new Set(['_format', '_pretty', '_summary', '_elements'])

/** Without what every interaction may have: the conditions of a conditional one. */
export function withoutGeneral(query: readonly Pair[]): readonly Pair[] {
  return query.filter(([name]) => !general.has(name))
}

/**
 * Parameters that mean nothing where they stand are refused, each by its name: a client that mistypes one must not take the
 * answer for what it asked for. `Prefer: handling=lenient` lets them pass.
 *
 * @throws HubError 400
 */
export function refuseUnknown(query: readonly Pair[], known: readonly string[], { lenient }: Preferences): void {
  if (query.length === 0 || lenient) return
  const unknown = query.filter(([name]) => !general.has(name) && !known.includes(name))
  if (unknown.length === 0) return
  throw new HubError({
    code: 'parameter-unknown',
    category: 'incorrect',
    message: 'the address has parameters that mean nothing here',
    issues: unknown.map(([name]) => ({
      severity: 'error',
      type: 'not-supported',
      code: 'parameter-unknown',
      text: `the parameter ${name.slice(0, 100)} means nothing here`,
    })),
  })
}
