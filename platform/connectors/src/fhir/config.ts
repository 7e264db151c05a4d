import { z } from 'zod'

/** Each holds a connection of the database's pool while it writes. */
const windowDefault = 4
const windowMax = 64

export type FhirDestinationConfig = {
  readonly window: number
}

export const fhirDestinationSchema: z.ZodType<FhirDestinationConfig> = z.strictObject({
  window: z
    .int()
    .min(1)
    .max(windowMax)
    .default(windowDefault)
    .meta({ description: 'Transactions under way at once; each takes a connection of the database pool.' }),
})
