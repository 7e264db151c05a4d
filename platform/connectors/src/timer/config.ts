import type { Duration } from '@samband/route'
import { z } from 'zod'
import { durationField } from '../config/fields.ts'

export type TimerSourceConfig = {
  readonly every?: Duration | undefined
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
  readonly catchUp?: Duration | undefined
}

export const timerSourceSchema: z.ZodType<TimerSourceConfig> = z.strictObject({
  every: durationField.optional().describe('Time between ticks; wins over what the route wrote.'),
  cron: z
    .string()
    .optional()
    .describe('When ticks are due, as cron writes it in five parts: "0 7 * * 1-5"; wins over what the route wrote.'),
  timeZone: z.string().optional().describe('IANA time zone by which "cron" goes: "Europe/Oslo".'),
  catchUp: durationField
    .optional()
    .describe('On start, a tick that was due so long ago at most is submitted, also if it was before.'),
})
