import type {
  DestinationHandle,
  DestinationKind,
  EndpointState,
  Outgoing,
  SourceHandle,
  SourceKind,
} from '@samband/engine'
import { type FakeIntake, silentLog } from './fake-intake.ts'

/** Opens a source as the engine does: configuration through its parser, then open. Fails the test on a bad configuration. */
export async function openSource<Config>(
  kind: SourceKind<Config>,
  config: unknown,
  intake: FakeIntake,
  options: Readonly<Record<string, unknown>> = {},
): Promise<SourceHandle> {
  const parsed = kind.parseConfig(config)
  if (!parsed.ok) throw new Error(parsed.issues.join('; '))
  return await kind.open({ endpoint: 'test', config: parsed.config, options, intake, log: silentLog })
}

export async function openDestination<Config>(
  kind: DestinationKind<Config>,
  config: unknown,
): Promise<DestinationHandle> {
  const parsed = kind.parseConfig(config)
  if (!parsed.ok) throw new Error(parsed.issues.join('; '))
  return await kind.open({ endpoint: 'test', config: parsed.config, options: {}, log: silentLog })
}

export function outgoing(text: string, attributes: Readonly<Record<string, string>> = {}, key = 'key-1'): Outgoing {
  return { bytes: Buffer.from(text, 'latin1'), attributes, idempotencyKey: key, attempt: 1, mayBeRepeated: false }
}

export function portOf(handle: { readonly address: string }): number {
  return Number(new URL(handle.address.replace(/^mllps?:/, 'http:')).port)
}

/** Waits for a state of an endpoint that no event announces; bounded by the test's own timeout. */
export async function stateBecomes(
  handle: { readonly state: () => EndpointState },
  condition: (state: EndpointState) => boolean,
): Promise<void> {
  while (!condition(handle.state())) await new Promise(resolve => setTimeout(resolve, 2))
}
