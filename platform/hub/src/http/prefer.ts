import { malformed } from './refusal.ts'

/** What the client wants by `Prefer` (FHIR R4 http.html#ops, search.html#errors; RFC 7240). */
export type Preferences = {
  readonly return: 'representation' | 'minimal' | 'OperationOutcome'
  readonly lenient: boolean
  readonly async: boolean
}

const nothingSaid: Preferences = { return: 'representation', lenient: false, async: false }

/** @throws HubError 400: a value of `return` or `handling` that does not exist. Preferences that are not FHIR's are passed over. */
export function parsePrefer(header: string | undefined): Preferences {
  if (header === undefined || header === '') return nothingSaid
  let found = nothingSaid
  for (const part of header.split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=').map(text => text.trim().replace(/^"(.*)"$/, '$1'))
    switch (name.toLowerCase()) {
      case 'return': {
        const wanted = returns.get(value.toLowerCase())
        if (wanted === undefined)
          throw malformed('Prefer', 'return is one of minimal, representation and OperationOutcome')
        found = { ...found, return: wanted }
        break
      }
      case 'handling':
        if (value !== 'strict' && value !== 'lenient') throw malformed('Prefer', 'handling is strict or lenient')
        found = { ...found, lenient: value === 'lenient' }
        break
      case 'respond-async':
        found = { ...found, async: true }
        break
    }
  }
  return found
}

const returns: ReadonlyMap<string, Preferences['return']> = new Map([
  ['minimal', 'minimal'],
  ['representation', 'representation'],
  ['operationoutcome', 'OperationOutcome'],
])
