import type { Deployment, LoadOptions } from './examine-config.ts'
import { secretReader } from './secrets/resolve-secrets.ts'

/** What the routes' calls may use, made now where the configuration says how. */
export async function capabilitiesOf(
  { capabilities = {}, secrets, environment }: Deployment,
  env: LoadOptions['env'],
): Promise<Readonly<Record<string, unknown>>> {
  if (typeof capabilities !== 'function') return capabilities
  return await capabilities({ readSecret: secretReader({ providers: secrets, env }), environment })
}
