import { type Category, categoryTable } from './category.ts'

export type SambandErrorInit = {
  /** Stable, kebab-case, made for programs: 'mllp-ack-timeout'. */
  readonly code: string
  readonly category: Category
  /** One line for a person, with the setting to change where there is one. Never a patient's data. */
  readonly message: string
  readonly cause?: unknown
}

/** An operational failure. Expected bad data is a value with issues instead (see the package README). */
export class SambandError extends Error {
  readonly code: string
  readonly category: Category

  constructor(init: SambandErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = 'SambandError'
    this.code = init.code
    this.category = init.category
  }

  get retry(): boolean {
    return categoryTable[this.category].retry
  }
}

/**
 * What the platform makes of anything thrown: a SambandError as it is, everything else a `fault` that keeps the cause.
 * The text of a foreign error may quote the data it failed on, so only its class name goes into the message.
 */
export function toSambandError(thrown: unknown, code = 'unexpected'): SambandError {
  if (thrown instanceof SambandError) return thrown
  const kind = thrown instanceof Error ? thrown.name : typeof thrown
  return new SambandError({ code, category: 'fault', message: `unexpected ${kind}`, cause: thrown })
}
