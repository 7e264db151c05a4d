import type { z } from 'zod'
import { fhirDestinationSchema } from './fhir/config.ts'
import { fileDestinationSchema, fileSourceSchema } from './file/config.ts'
import { httpDestinationSchema, httpSourceSchema } from './http/config.ts'
import { mllpDestinationSchema, mllpSourceSchema } from './mllp/config.ts'
import { timerSourceSchema } from './timer/config.ts'

export type EndpointSchema = {
  readonly connector: string
  readonly role: 'source' | 'destination'
  readonly schema: z.ZodType
}

/** The settings of each kind of endpoint, for whoever documents or completes them. */
export const endpointSchemas: readonly EndpointSchema[] = Object.freeze([
  { connector: 'mllp', role: 'source', schema: mllpSourceSchema },
  { connector: 'mllp', role: 'destination', schema: mllpDestinationSchema },
  { connector: 'http', role: 'source', schema: httpSourceSchema },
  { connector: 'http', role: 'destination', schema: httpDestinationSchema },
  { connector: 'file', role: 'source', schema: fileSourceSchema },
  { connector: 'file', role: 'destination', schema: fileDestinationSchema },
  { connector: 'timer', role: 'source', schema: timerSourceSchema },
  { connector: 'fhir', role: 'destination', schema: fhirDestinationSchema },
] as const)
