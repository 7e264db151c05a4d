import { toSambandError } from '@samband/errors'
import { type Description, parseRaw, type Raw, type RouteDefinition } from '@samband/route'
import type { KeyRing } from '@samband/store'

export type Parsed =
  | { readonly ok: true; readonly item: unknown }
  | { readonly ok: false; readonly code: string; readonly text: string }

/** A message names one patient by a few identifiers; more than these are not searchable. */
const patientTermsMax = 16

/**
 * What a route's own functions say of a message: its content, its ordering key, its duplicate key, its header. They are
 * code of the deployment and may throw on what they did not expect; for order and search that means: no value.
 */
export class RouteReading {
  readonly #definition: RouteDefinition
  readonly #blindIndex: KeyRing['blindIndex']

  constructor(definition: RouteDefinition, keys: KeyRing) {
    this.#definition = definition
    this.#blindIndex = keys.blindIndex
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

  /** Hashed: the key is usually a patient's number, and it is stored with queued deliveries. */
  key(item: unknown, messageId: number): number {
    const { order, name } = this.#definition
    if (order.kind === 'serial') return 0
    if (order.kind === 'none') return messageId
    return this.#blindIndex(`key:${name}`, attempt(() => order.key(item)) ?? '')
  }

  dedupeHash(parsed: Parsed | undefined): number | undefined {
    const { dedupe, name } = this.#definition
    if (dedupe === undefined || parsed?.ok !== true) return undefined
    const key = attempt(() => dedupe.key(parsed.item))
    return key === undefined ? undefined : this.#blindIndex(`dedupe:${name}`, key)
  }

  describe(bytes: Uint8Array): Description & { readonly terms: readonly number[] } {
    const description = attempt(() => this.#definition.parser?.describe?.(bytes)) ?? {}
    return { ...description, terms: this.#terms(description) }
  }

  /** Keyed hashes by which an operator finds the message. */
  #terms({ controlId, patientIds = [] }: Description): readonly number[] {
    const terms = patientIds.slice(0, patientTermsMax).map(patientId => this.#blindIndex('patient', patientId))
    if (controlId !== undefined && controlId !== '') terms.push(this.#blindIndex('control', controlId))
    return terms
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
