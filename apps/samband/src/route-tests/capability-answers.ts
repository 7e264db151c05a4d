import { isDeepStrictEqual } from 'node:util'
import { type Category, SambandError, toSambandError } from '@samband/errors'

/**
 * What a capability answered, as plain data. Answers are given again to the same question, or, where the question changed, in
 * the order in which that capability was asked; the change is told, because what is asked is an effect that goes out.
 */
export type CapabilityAnswer = {
  /** 'directory.lookupAnalyses' */
  readonly capability: string
  /** What was asked; what is no plain data is left out of it ('<AbortSignal>'). */
  readonly asked: readonly unknown[]
  readonly answer?: unknown
  /** It failed instead. */
  readonly failed?: { readonly code: string; readonly category: Category }
  /** It answered at once, without a promise. */
  readonly sync?: true
}

export type AnsweringCapabilities = {
  readonly capabilities: Readonly<Record<string, unknown>>
  /** Everything that was asked, with its answers, in order. */
  readonly asked: () => readonly CapabilityAnswer[]
  /** What was asked otherwise than recorded, or not recorded at all; by capability, without content. */
  readonly changes: () => readonly string[]
}

export type AnsweringOptions = {
  readonly recorded: readonly CapabilityAnswer[]
  /** The deployment's own, as far as they are known without making them: what was not recorded is told as such. */
  readonly known: Readonly<Record<string, unknown>>
  /** Asked for what was not recorded; undefined: nothing is asked of the outside. */
  readonly live: Readonly<Record<string, unknown>> | undefined
}

/** Stands in for the capabilities of a deployment. */
export function answeringCapabilities({ recorded, known, live }: AnsweringOptions): AnsweringCapabilities {
  const left = [...recorded]
  const asked: CapabilityAnswer[] = []
  const changes: string[] = []

  const take = (capability: string, question: readonly unknown[]): CapabilityAnswer | undefined => {
    const same = left.findIndex(one => one.capability === capability && isDeepStrictEqual(one.asked, question))
    const at = same === -1 ? left.findIndex(one => one.capability === capability) : same
    if (at === -1) return undefined
    if (same === -1) changes.push(`${capability} is asked something else than recorded`)
    return left.splice(at, 1)[0]
  }

  const ask = (capability: string, args: readonly unknown[]): unknown => {
    const question = args.map(plainData)
    const found = take(capability, question)
    if (found !== undefined) {
      asked.push({ ...found, asked: question })
      return again(found)
    }
    if (live !== undefined) return keep(capability, question, () => callOf(live, capability, args), asked)
    changes.push(`${capability} is asked, which is not recorded`)
    throw new SambandError({
      code: 'answer-not-recorded',
      category: 'unsupported',
      message: `no answer of ${capability} is recorded`,
    })
  }

  const recordedNames = recorded.map(({ capability }) => capability)
  const all = new Set([...Object.keys({ ...known, ...live }), ...recordedNames.map(name => name.split('.')[0] ?? '')])
  const standIn = (name: string): unknown => {
    const isFunction = recordedNames.includes(name) || typeof (live ?? known)[name] === 'function'
    return isFunction ? (...args: readonly unknown[]) => ask(name, args) : objectOf(name, ask)
  }
  return {
    capabilities: Object.fromEntries([...all].map(name => [name, standIn(name)])),
    asked: () => asked,
    changes: () => [
      ...changes,
      ...[...new Set(left.map(({ capability }) => capability))].map(
        name => `${name} is asked less often than recorded`,
      ),
    ],
  }
}

/** Has whatever method it is asked for. */
function objectOf(name: string, ask: (capability: string, args: readonly unknown[]) => unknown): unknown {
  return new Proxy(
    {},
    {
      get: (_target, method) =>
        typeof method === 'string' ? (...args: readonly unknown[]) => ask(`${name}.${method}`, args) : undefined,
    },
  )
}

function again({ answer, failed, sync }: CapabilityAnswer): unknown {
  if (failed === undefined) return sync === true ? structuredClone(answer) : Promise.resolve(structuredClone(answer))
  const error = new SambandError({ ...failed, message: 'as it was recorded' })
  if (sync === true) throw error
  return Promise.reject(error)
}

function keep(
  capability: string,
  question: readonly unknown[],
  call: () => unknown,
  asked: CapabilityAnswer[],
): unknown {
  // Its place is that of the question, however late the answer comes.
  const at = asked.push({ capability, asked: question }) - 1
  const answered = (value: unknown, sync: boolean): void => {
    asked[at] = { capability, asked: question, answer: plainData(value), ...(sync ? { sync: true as const } : {}) }
  }
  const failed = (thrown: unknown, sync: boolean): void => {
    const { code, category } = toSambandError(thrown)
    asked[at] = { capability, asked: question, failed: { code, category }, ...(sync ? { sync: true as const } : {}) }
  }
  try {
    const result = call()
    if (!(result instanceof Promise)) {
      answered(result, true)
      return result
    }
    return result.then(
      (value: unknown) => {
        answered(value, false)
        return value
      },
      (thrown: unknown) => {
        failed(thrown, false)
        throw thrown
      },
    )
  } catch (thrown) {
    failed(thrown, true)
    throw thrown
  }
}

function callOf(live: Readonly<Record<string, unknown>>, capability: string, args: readonly unknown[]): unknown {
  const [name = '', method] = capability.split('.')
  const target = live[name]
  const fn: unknown = method === undefined ? target : Reflect.get(Object(target), method)
  if (typeof fn !== 'function') {
    throw new SambandError({ code: 'capability-missing', category: 'incorrect', message: `there is no ${capability}` })
  }
  return Reflect.apply(fn, target, [...args])
}

/** As JSON keeps it; anything that JSON would silently lose is named by its kind. */
function plainData(value: unknown): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map(plainData)
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return `<${typeof value}>`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return `<${value.constructor.name}>`
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([key, one]) => [key, plainData(one)]))
}
