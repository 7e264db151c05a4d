import { toSambandError } from '@samband/errors'
import type { Log } from '@samband/engine'

type Step = { readonly name: string; readonly withinMs: number; readonly stop: () => Promise<void> }

/**
 * What was started, to be stopped in a declared order, each within its time: a part that hangs does not keep the ones
 * behind it from stopping. The database comes last, whatever happens before.
 */
export class Shutdown {
  readonly #order: readonly string[]
  readonly #steps = new Map<string, Step>()
  readonly #log: () => Log | undefined
  #running: Promise<void> | undefined

  /** Names in the order in which they stop. */
  constructor(order: readonly string[], log: () => Log | undefined) {
    this.#order = order
    this.#log = log
  }

  add(name: string, withinMs: number, stop: () => Promise<void>): void {
    if (!this.#order.includes(name)) throw new Error(`${name} has no place in the order of stopping`)
    this.#steps.set(name, { name, withinMs, stop })
  }

  run(): Promise<void> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    for (const name of this.#order) {
      const step = this.#steps.get(name)
      if (step === undefined) continue
      const begun = performance.now()
      const outcome = await settled(step)
      const ms = Math.round(performance.now() - begun)
      if (outcome === undefined) this.#log()?.info('stopped', { part: name, ms })
      else this.#log()?.error('stop-failed', { part: name, ms, text: outcome })
    }
  }
}

/** Undefined: stopped. Never rejects. */
async function settled({ withinMs, stop }: Step): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`not stopped within ${withinMs} ms`), withinMs)
  })
  try {
    return await Promise.race([stop().then(() => undefined), late])
  } catch (thrown) {
    return toSambandError(thrown).message
  } finally {
    clearTimeout(timer)
  }
}
