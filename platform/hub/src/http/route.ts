import type { HubContext } from '../hub-context.ts'
import { malformed, methodNotAllowed, unknownPath, unknownType } from './refusal.ts'

/** What an address and a method mean (FHIR R4 http.html#summary). */
export type Route =
  | { readonly kind: 'capabilities' }
  | { readonly kind: 'bundle' }
  | { readonly kind: 'search'; readonly type?: string; readonly compartment?: Compartment; readonly form: boolean }
  | { readonly kind: 'history'; readonly type?: string; readonly id?: string }
  | { readonly kind: 'create'; readonly type: string }
  | { readonly kind: 'read'; readonly type: string; readonly id: string }
  | { readonly kind: 'vread'; readonly type: string; readonly id: string; readonly versionId: string }
  | { readonly kind: 'update' | 'patch' | 'delete'; readonly type: string; readonly id?: string }
  | {
      readonly kind: 'operation'
      readonly name: string
      readonly type?: string
      readonly id?: string
      readonly versionId?: string
    }

export type Compartment = { readonly type: string; readonly id: string }

/** FHIR R4 datatypes.html#id. */
const idForm = /^[A-Za-z0-9\-.]{1,64}$/

type Choices = Readonly<Record<string, Route>>

/**
 * @throws Refusal 405 with `Allow`
 * @throws HubError 404 for what is no address of the hub, 400 for an id that is none
 */
export function routeOf(context: HubContext, method: string, segments: readonly string[]): Route {
  const choices = choicesAt(context, segments)
  const route = choices[method === 'HEAD' ? 'GET' : method]
  if (route === undefined) throw methodNotAllowed(methodsOf(choices))
  return route
}

/** Methods that an address takes, for OPTIONS. */
export function allowedMethods(context: HubContext, segments: readonly string[]): readonly string[] {
  return methodsOf(choicesAt(context, segments))
}

function methodsOf(choices: Choices): readonly string[] {
  const methods = Object.keys(choices)
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
}

function choicesAt(context: HubContext, segments: readonly string[]): Choices {
  const [first, second, third] = segments
  if (first === undefined) return { GET: { kind: 'search', form: false }, POST: { kind: 'bundle' } }
  if (!context.resourceTypes.has(first)) return systemChoices(first, segments.length)
  if (second === undefined) return typeChoices(first)
  if (second.startsWith('$')) return only(segments, 2, operation({ name: second.slice(1), type: first }))
  if (second === '_search') return only(segments, 2, { POST: { kind: 'search', type: first, form: true } })
  if (second === '_history') return only(segments, 2, { GET: { kind: 'history', type: first } })
  if (!idForm.test(second)) throw malformed('id', 'an id has 1 to 64 of the characters A-Z, a-z, 0-9, - and .')
  if (third === undefined) return instanceChoices(first, second)
  return belowInstance(context, { type: first, id: second }, segments)
}

function systemChoices(first: string, length: number): Choices {
  const choices = systemPaths.get(first) ?? (first.startsWith('$') ? operation({ name: first.slice(1) }) : undefined)
  if (choices !== undefined && length === 1) return choices
  throw /^[A-Z][A-Za-z]*$/.test(first) ? unknownType() : unknownPath()
}

const systemPaths: ReadonlyMap<string, Choices> = new Map([
  ['metadata', { GET: { kind: 'capabilities' } }],
  ['_search', { POST: { kind: 'search', form: true } }],
  ['_history', { GET: { kind: 'history' } }],
])

function typeChoices(type: string): Choices {
  return {
    GET: { kind: 'search', type, form: false },
    POST: { kind: 'create', type },
    PUT: { kind: 'update', type },
    PATCH: { kind: 'patch', type },
    DELETE: { kind: 'delete', type },
  }
}

function instanceChoices(type: string, id: string): Choices {
  return {
    GET: { kind: 'read', type, id },
    PUT: { kind: 'update', type, id },
    PATCH: { kind: 'patch', type, id },
    DELETE: { kind: 'delete', type, id },
  }
}

function belowInstance(context: HubContext, { type, id }: Compartment, segments: readonly string[]): Choices {
  const [, , third = '', fourth] = segments
  if (third.startsWith('$')) return only(segments, 3, operation({ name: third.slice(1), type, id }))
  if (third === '_history') {
    if (fourth === undefined) return { GET: { kind: 'history', type, id } }
    if (!idForm.test(fourth)) throw malformed('_history', 'it is followed by the id of a version')
    const fifth = segments[4]
    if (fifth?.startsWith('$') === true)
      return only(segments, 5, operation({ name: fifth.slice(1), type, id, versionId: fourth }))
    return only(segments, 4, { GET: { kind: 'vread', type, id, versionId: fourth } })
  }
  return compartmentChoices(context, { type, id }, segments.slice(2))
}

/** `Patient/1/Observation`, `Patient/1/*`, and both by POST to `_search` (FHIR R4 compartmentdefinition.html, http.html#vsearch). */
function compartmentChoices(context: HubContext, compartment: Compartment, [first = '', ...rest]: string[]): Choices {
  if (!context.compartments.some(({ code, search }) => code === compartment.type && search)) throw unknownPath()
  const byForm = rest.length === 1 && rest[0] === '_search'
  if (first === '_search' && rest.length === 0) return { POST: { kind: 'search', compartment, form: true } }
  if (rest.length > 0 && !byForm) throw unknownPath()
  if (first !== '*' && !context.resourceTypes.has(first)) {
    throw /^[A-Z][A-Za-z]*$/.test(first) ? unknownType() : unknownPath()
  }
  const searched = first === '*' ? { compartment } : { type: first, compartment }
  return byForm
    ? { POST: { kind: 'search', ...searched, form: true } }
    : { GET: { kind: 'search', ...searched, form: false } }
}

function operation(named: Omit<Extract<Route, { kind: 'operation' }>, 'kind'>): Choices {
  const route: Route = { kind: 'operation', ...named }
  return { GET: route, POST: route }
}

function only(segments: readonly string[], length: number, choices: Choices): Choices {
  if (segments.length !== length) throw unknownPath()
  return choices
}

/** As ports and the audit name an interaction (FHIR R4 valueset-restful-interaction). */
export function interactionCode(route: Route): string {
  switch (route.kind) {
    case 'search':
      return route.type === undefined ? 'search-system' : 'search-type'
    case 'history':
      return route.id !== undefined ? 'history-instance' : route.type === undefined ? 'history-system' : 'history-type'
    case 'operation':
      return `$${route.name}`
    case 'bundle':
      return 'batch'
    default:
      return route.kind
  }
}
