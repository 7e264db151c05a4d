import { SambandError } from '@samband/errors'

/**
 * What a route's calls may do to the world, recorded. A step's return value may hold live objects (a parsed message), so
 * not the step's result is recorded but what each capability answered, which is plain data. On a replay the calls get
 * the same answers in the same order, and nothing is asked twice of the outside.
 */
export type CallRecord = {
  readonly step: string
  /** Which child of the splits asked: '2', '2.1'. Absent for a message that was not split. */
  readonly child?: string
  /** 'identity.resolve' */
  readonly capability: string
  /** Plain data: JSON. */
  readonly result: unknown
  /** The capability answered at once, without a promise. */
  readonly sync?: true
}

type AnyFunction = (...args: readonly unknown[]) => unknown

/** Who asks: a step, and the child of a split that it runs for ('' without one). */
export type Asker = { readonly step: string; readonly child: string }

/** Wraps capabilities so that a copy of each answer, as it was given, is appended to `records`. */
export function recording(capabilities: unknown, { step, child }: Asker, records: CallRecord[]): unknown {
  const asker = child === '' ? { step } : { step, child }
  return wrap(capabilities, (capability, call) => {
    const result = call()
    if (!isThenable(result)) {
      records.push({ ...asker, capability, result: plainCopy(result, capability), sync: true })
      return result
    }
    return result.then(value => {
      records.push({ ...asker, capability, result: plainCopy(value, capability) })
      return value
    })
  })
}

/**
 * Answers from earlier records instead of asking. A call that was not recorded (the route changed, or the first run
 * ended before it) goes to the real capability and is recorded.
 */
export function replaying(
  capabilities: unknown,
  asker: Asker,
  recorded: readonly CallRecord[],
  records: CallRecord[],
): unknown {
  const left = recordsOf(asker, recorded)
  return wrap(recording(capabilities, asker, records), (capability, call) => {
    const at = left.findIndex(record => record.capability === capability)
    if (at === -1) return call()
    const [record] = left.splice(at, 1)
    if (record === undefined) return call()
    records.push(record)
    const result = plainCopy(record.result, capability)
    return record.sync === true ? result : Promise.resolve(result)
  })
}

/** What was answered to this asker, in order. */
export function recordsOf({ step, child }: Asker, records: readonly CallRecord[]): CallRecord[] {
  return records.filter(record => record.step === step && (record.child ?? '') === child)
}

/** What is recorded must be what was answered, whatever the step does to it; and must be there again on a replay. */
function plainCopy(answer: unknown, capability: string): unknown {
  try {
    return structuredClone(answer)
  } catch (cause) {
    throw new SambandError({
      code: 'call-answer-not-plain',
      category: 'fault',
      message: `capability "${capability}" answered with what cannot be recorded: let it answer plain data`,
      cause,
    })
  }
}

function wrap(capabilities: unknown, around: (name: string, call: () => unknown) => unknown): unknown {
  if (typeof capabilities !== 'object' || capabilities === null) return capabilities
  const wrapped: Record<string, unknown> = {}
  for (const [name, capability] of Object.entries(capabilities)) {
    wrapped[name] = wrapOne(name, capability, around)
  }
  return Object.freeze(wrapped)
}

function wrapOne(name: string, capability: unknown, around: (name: string, call: () => unknown) => unknown): unknown {
  if (typeof capability === 'function') {
    return (...args: readonly unknown[]) => around(name, () => (capability as AnyFunction)(...args))
  }
  if (typeof capability !== 'object' || capability === null) return capability
  return new Proxy(capability, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method)
      if (typeof member !== 'function' || typeof method !== 'string') return member
      return (...args: readonly unknown[]) =>
        around(`${name}.${method}`, () => (member as AnyFunction).apply(target, [...args]))
    },
  })
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Rejects when `work` takes longer, and aborts its signal so that it can stop. */
export async function withTimeout<T>(
  step: string,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new SambandError({
        code: 'call-timeout',
        category: 'busy',
        message: `step "${step}" took longer than ${timeoutMs} ms`,
      })
      controller.abort(error)
      reject(error)
    }, timeoutMs)
  })
  try {
    return await Promise.race([work(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
  }
}
