import type { ReindexJob } from './reindex-jobs.ts'

/** 'ready', or how much of the resources has been indexed by it: 0 to 1. */
export type ParameterState = 'ready' | { readonly progress: number; readonly cancelled: boolean }

const ready = 'ready'

/** What this process knows of parameters that cannot be searched by yet: asked by each search, so it is in memory. */
export class ParameterStates {
  #waiting: ReadonlyMap<string, Exclude<ParameterState, 'ready'>> = new Map()

  of(type: string, code: string): ParameterState {
    return this.#waiting.size === 0 ? ready : (this.#waiting.get(parameterName(type, code)) ?? ready)
  }

  get allReady(): boolean {
    return this.#waiting.size === 0
  }

  /** All jobs that are not done. A parameter that several wait for is as far as the last of them. */
  update(jobs: readonly ReindexJob[]): void {
    const waiting = new Map<string, Exclude<ParameterState, 'ready'>>()
    for (const { parameters, state, done, total } of jobs) {
      const progress = total === 0 ? 0 : Math.min(done / total, 1)
      const cancelled = state === 'cancelled'
      for (const parameter of parameters) {
        const known = waiting.get(parameter)
        // A job that goes on tells more than one that was cancelled before it.
        if (known === undefined || known.cancelled || (!cancelled && progress < known.progress)) {
          waiting.set(parameter, { progress, cancelled })
        }
      }
    }
    this.#waiting = waiting
  }
}

export function parameterName(type: string, code: string): string {
  return `${type}.${code}`
}
