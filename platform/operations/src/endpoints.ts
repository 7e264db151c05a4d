import type { Endpoint } from './endpoint.ts'
import { administrationEndpoints } from './endpoints/administration.ts'
import { deadLetterEndpoints } from './endpoints/dead-letters.ts'
import { deploymentEndpoints } from './endpoints/deployments.ts'
import { jobEndpoints } from './endpoints/jobs.ts'
import { messageEndpoints } from './endpoints/messages.ts'
import { sessionEndpoints } from './endpoints/session.ts'
import { statusEndpoints } from './endpoints/status.ts'
import { verbEndpoints } from './endpoints/verbs.ts'

/** Every endpoint below /api/v1, except the event stream and the description itself. */
export const endpoints: readonly Endpoint[] = [
  ...sessionEndpoints,
  ...statusEndpoints,
  ...messageEndpoints,
  ...verbEndpoints,
  ...deadLetterEndpoints,
  ...jobEndpoints,
  ...deploymentEndpoints,
  ...administrationEndpoints,
]
