import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { Pair } from '@samband/fhir/search'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { OperationCall } from '../http/operation-answers.ts'
import { parsePrefer } from '../http/prefer.ts'
import { methodNotAllowed } from '../http/refusal.ts'

/** Names that an operation knows; every other one is refused, unless the client asks for leniency. */
export type OperationNames = {
  /** Plain values: of the address, of a form, or `value[x]` of Parameters. */
  readonly values: readonly string[]
  /** What only Parameters can carry: a resource, or a value with parts. */
  readonly objects?: readonly string[]
}

/**
 * What an operation was called with, whichever way it came (FHIR R4 operations.html#executing): the address, a form, or
 * Parameters. A body that is no Parameters is `body`.
 */
export type OperationInput = {
  /** Each value of a parameter, in order. */
  all(name: string): readonly string[]
  /** @throws HubError 400 where it stands more than once */
  one(name: string): string | undefined
  /** The resource, or the complex value, of a parameter. @throws HubError 400 where it stands more than once */
  object(name: string): JsonObject | undefined
  readonly body: JsonObject | undefined
  /** All plain values, for operations whose parameters are those of a search. */
  readonly pairs: readonly Pair[]
}

/** @throws HubError 400 with an issue for each parameter that is unknown or malformed */
export function readInput(call: OperationCall, names: OperationNames | 'search'): OperationInput {
  const { resource, prefer } = call
  const isParameters = resource?.['resourceType'] === 'Parameters'
  const issues: HubIssue[] = []
  const named = isParameters ? readParameters(resource, issues) : []
  const values: Pair[] = [...call.pairs]
  const objects: (readonly [string, JsonObject])[] = []
  for (const [name, value] of named) {
    if (typeof value === 'string') values.push([name, value])
    else objects.push([name, value])
  }
  if (names !== 'search') {
    const lenient = parsePrefer(prefer).lenient
    const known = (list: readonly string[], name: string): boolean => lenient || list.includes(name)
    issues.push(...values.filter(([name]) => !known(names.values, name)).map(([name]) => unknown(name)))
    issues.push(...objects.filter(([name]) => !known(names.objects ?? [], name)).map(([name]) => unknown(name)))
  } else issues.push(...objects.map(([name]) => unknown(name)))
  refuse(issues)
  return {
    pairs: values,
    body: isParameters ? undefined : resource,
    all: name => values.filter(([each]) => each === name).map(([, value]) => value),
    one: name => single(values, name),
    object: name => single(objects, name),
  }
}

/** A parameter that is not as it must be. No value stands in the text. @throws HubError 400 */
export function refuseParameter(name: string, text: string, code = 'parameter-invalid'): never {
  throw new HubError({
    code,
    category: 'incorrect',
    message: `${name}: ${text}`,
    issues: [{ severity: 'error', type: 'invalid', code, text: `${name}: ${text}` }],
  })
}

/** What changes something is asked for by POST (FHIR R4 operations.html#executing). @throws Refusal 405 */
export function refuseGet({ method }: OperationCall): void {
  if (method === 'GET') throw methodNotAllowed(['POST'])
}

/** Where the operation is not defined: at this type, or not at an instance. @throws HubError 404 */
export function refuseLevel(text: string): never {
  throw new HubError({ code: 'operation-unknown', category: 'not-found', message: text })
}

function single<T>(list: readonly (readonly [string, T])[], name: string): T | undefined {
  const found = list.filter(([each]) => each === name)
  if (found.length > 1) refuseParameter(name, 'it may stand once')
  return found[0]?.[1]
}

function readParameters(
  parameters: JsonObject,
  issues: HubIssue[],
): readonly (readonly [string, string | JsonObject])[] {
  const list = parameters['parameter'] ?? []
  if (!Array.isArray(list)) {
    issues.push(malformed('Parameters.parameter', 'parameter is a list'))
    return []
  }
  return list.flatMap((parameter: unknown, index): readonly (readonly [string, string | JsonObject])[] => {
    const place = `Parameters.parameter[${index}]`
    const name = isJsonObject(parameter) ? parameter['name'] : undefined
    if (!isJsonObject(parameter) || typeof name !== 'string') {
      issues.push(malformed(place, 'a parameter has a name'))
      return []
    }
    const value = valueOf(parameter)
    if (value === undefined) {
      issues.push(malformed(place, 'a parameter has a value, or a resource'))
      return []
    }
    return [[name, value]]
  })
}

function valueOf(parameter: JsonObject): string | JsonObject | undefined {
  if (isJsonObject(parameter['resource'])) return parameter['resource']
  const [key] = Object.keys(parameter).filter(name => name.startsWith('value'))
  const value = key === undefined ? undefined : parameter[key]
  if (isJsonObject(value)) return value
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function unknown(name: string): HubIssue {
  return {
    severity: 'error',
    type: 'not-supported',
    code: 'parameter-unknown',
    text: `the parameter ${name.slice(0, 100)} means nothing to this operation`,
  }
}

function malformed(expression: string, text: string): HubIssue {
  return { severity: 'error', type: 'structure', code: 'parameters-malformed', text, expression }
}

function refuse(issues: readonly HubIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  throw new HubError({
    code: first.code,
    category: 'incorrect',
    message: 'the operation was called with parameters that cannot be used',
    issues: issues.slice(0, 100),
  })
}
