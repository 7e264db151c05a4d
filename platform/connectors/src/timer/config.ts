import type { Duration } from '@samband/route'
import { z } from 'zod'
import { durationField } from '../config/fields.ts'

export type TimerSourceConfig = {
  readonly every?: Duration | undefined
}

export const timerSourceSchema: z.ZodType<TimerSourceConfig> = z.strictObject({
  every: durationField.optional().describe('Time between ticks; wins over what the route wrote.'),
})
