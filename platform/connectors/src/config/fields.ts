import { parseCharset } from '@samband/hl7v2'
import type { Duration } from '@samband/route'
import { z } from 'zod'

/** A length of time in configuration, as '500ms', '30s', '5m'. */
export const durationField: z.ZodType<Duration> = z.custom<Duration>(
  value => typeof value === 'string' && /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value),
  { message: 'write a number and ms, s, m, h or d, as in "30s"' },
)

export const hostField: z.ZodString = z.string().min(1).max(253)

export const portField: z.ZodInt = z.int().min(0).max(65_535)

/** Number of bytes, of connections, of anything that has an upper bound: a positive integer. */
export const limitField: z.ZodInt = z.int().min(1)

/** A character set as MSH-18 names it, in any spelling. */
export const charsetField: z.ZodType<string> = z
  .string()
  .refine(
    name => name !== '' && parseCharset(name) !== undefined,
    'no known character set: write "8859/1", "UNICODE UTF-8" ...',
  )
