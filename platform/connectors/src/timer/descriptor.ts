import { type Duration, durationMs, type SourceDescriptor } from '@samband/route'

export type TimerOptions =
  | { readonly endpoint: string; readonly every?: Duration }
  | { readonly endpoint?: undefined; readonly every: Duration }

/**
 * A message at a fixed pace: `.from(timer({ every: '15m' }))`. Without an endpoint's name it needs no configuration; with
 * one, the deployment may set another pace.
 */
export function timer(options: TimerOptions): SourceDescriptor {
  if (options.every !== undefined) durationMs(options.every)
  return Object.freeze({
    connector: 'timer',
    endpoint: options.endpoint ?? `every-${options.every}`,
    options: Object.freeze(options.every === undefined ? {} : { every: options.every }),
  })
}
