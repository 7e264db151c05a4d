import { toSambandError } from '@samband/errors'
import { parseRaw, type Raw, type RouteDefinition } from '@samband/route'
import type { Reading } from './route-host.ts'

export type Parsed =
  | { readonly ok: true; readonly item: unknown }
  | { readonly ok: false; readonly code: string; readonly text: string }

/**
 * What a route's own functions say of a message: its content, its ordering key, its duplicate key, its header. They are
 * code of the deployment and may throw on what they did not expect; for order and search that means: no value.
 */
export class MessageReading {
  readonly #definition: RouteDefinition

  constructor(definition: RouteDefinition) {
    this.#definition = definition
  }

  parse(raw: Raw): Parsed {
    try {
      const parsed = parseRaw(this.#definition, raw)
      if (parsed.ok) return { ok: true, item: parsed.item }
      const worst = parsed.issues.find(({ severity }) => severity === 'error') ?? parsed.issues[0]
      return { ok: false, code: worst?.code ?? 'parse-failed', text: worst?.text ?? 'it cannot be parsed' }
    } catch (thrown) {
      const error = toSambandError(thrown, 'parser-threw')
      return { ok: false, code: error.code, text: error.message }
    }
  }

  /** Undefined when the route has no key; messages of a route by key that have none share the empty one. */
  key(item: unknown): string | undefined {
    const { order } = this.#definition
    if (order.kind !== 'key') return undefined
    return attempt(() => order.key(item)) ?? ''
  }

  /** Everything that is asked before a message is stored. */
  read(raw: Raw): Reading {
    const { dedupe, parser } = this.#definition
    const description = attempt(() => parser?.describe?.(raw.bytes)) ?? {}
    const parsed = this.parse(raw)
    if (!parsed.ok) return { description, key: undefined, dedupe: undefined }
    return {
      description,
      key: this.key(parsed.item),
      dedupe: dedupe === undefined ? undefined : attempt(() => dedupe.key(parsed.item)),
    }
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
