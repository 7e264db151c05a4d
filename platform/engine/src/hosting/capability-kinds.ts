/**
 * Which capabilities there are, without the capabilities: a function, or an object with methods. Plain data, so that the
 * thread of a route knows what it may ask the engine for.
 */
export type CapabilityKinds = Readonly<Record<string, 'function' | 'object'>>

export function capabilityKinds(capabilities: Readonly<Record<string, unknown>>): CapabilityKinds {
  return Object.fromEntries(
    Object.entries(capabilities).map(([name, value]) => [name, typeof value === 'function' ? 'function' : 'object']),
  )
}

/**
 * Stands in for the capabilities: each use becomes `ask('identity.resolve', [...])`. Arguments and answers are plain data,
 * as they have to be to be recorded.
 */
export function askingCapabilities(
  kinds: CapabilityKinds,
  ask: (capability: string, args: readonly unknown[]) => unknown,
): Readonly<Record<string, unknown>> {
  const asking: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(kinds)) {
    if (kind === 'function') asking[name] = (...args: readonly unknown[]) => ask(name, args)
    else {
      asking[name] = new Proxy(
        {},
        {
          get: (_, method) =>
            // An object with a `then` would be taken for a promise wherever it is awaited.
            typeof method !== 'string' || method === 'then'
              ? undefined
              : (...args: readonly unknown[]) => ask(`${name}.${method}`, args),
        },
      )
    }
  }
  return Object.freeze(asking)
}

/** For looking without acting: what was not recorded is not asked. */
export function silentCapabilities(kinds: CapabilityKinds): Readonly<Record<string, unknown>> {
  return askingCapabilities(kinds, capability => {
    throw new Error(`${capability} was not recorded`)
  })
}

/** Carries out what `askingCapabilities` asked for. Throws what the capability throws; an unknown one is a TypeError. */
export async function answerCapability(
  capabilities: Readonly<Record<string, unknown>>,
  capability: string,
  args: readonly unknown[],
): Promise<unknown> {
  const dot = capability.indexOf('.')
  const name = dot === -1 ? capability : capability.slice(0, dot)
  const owner = capabilities[name]
  const member =
    dot === -1 ? owner : (owner as Readonly<Record<string, unknown>> | undefined)?.[capability.slice(dot + 1)]
  if (typeof member !== 'function') throw new TypeError(`there is no capability "${capability}"`)
  return await (Reflect.apply(member, dot === -1 ? undefined : owner, args) as unknown)
}
