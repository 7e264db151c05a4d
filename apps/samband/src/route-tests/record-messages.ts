import type { LoadedRoute } from '@samband/engine'
import type { OperationsClient } from '@samband/operations/client'
import type { MessageDetail } from '@samband/operations/contract'
import { flatSteps, type Raw } from '@samband/route'
import { answeringCapabilities } from './capability-answers.ts'
import type { Fixture } from './fixture.ts'
import type { FixtureShelf } from './fixture-shelf.ts'
import { leftovers } from './leftovers.ts'
import { type RedactionSettings, redactMessage } from './redact-message.ts'
import { runMessage } from './run-message.ts'
import { whatWentOut } from './what-went-out.ts'

export type RecordOptions = {
  readonly client: Pick<OperationsClient, 'message' | 'body' | 'event'>
  readonly route: LoadedRoute
  /** Where its fixtures lie. */
  readonly shelf: FixtureShelf
  readonly redaction: RedactionSettings
  /** Identifiers are kept, for this reason; also what cannot be read is then recorded, if `force` says so. */
  readonly keepIdentifiers: string | undefined
  readonly force: boolean
  /** The deployment's capabilities, asked with the redacted message; undefined: a route that calls is not recorded. */
  readonly live: Readonly<Record<string, unknown>> | undefined
  readonly now: Date
}

export type Recorded =
  | {
      readonly kind: 'recorded'
      readonly messageId: number
      readonly fixture: Fixture
      readonly files: readonly string[]
      /** Paths of fields that were emptied because nothing covers them. */
      readonly uncovered: readonly string[]
      /** Whether the route on this machine makes of the message what went out when it came; undefined: not known. */
      readonly went: readonly string[] | undefined
    }
  | { readonly kind: 'known'; readonly messageId: number; readonly folder: string }
  | { readonly kind: 'refused'; readonly messageId: number; readonly text: string }

/** Whether its calls ask something outside. */
export function callsOutside({ definition }: LoadedRoute): boolean {
  return [...flatSteps(definition.steps)].some(({ kind }) => kind === 'call')
}

/**
 * One message of a running server as a fixture. What is expected of it is what the route on this machine makes of the redacted
 * message, because redaction changes outputs; what really went out is compared with what the route makes of the real one, in
 * memory only.
 */
export async function recordMessage(options: RecordOptions, messageId: number): Promise<Recorded> {
  const { client, route, keepIdentifiers } = options
  const [detail, body] = await Promise.all([client.message(messageId), client.body(messageId)])
  const { name } = route.definition
  if (detail.route !== name) {
    return { kind: 'refused', messageId, text: `it belongs to the route ${detail.route}, not to ${name}` }
  }
  const raw: Raw = { bytes: Buffer.from(body.bytesBase64, 'base64'), attributes: body.attributes }
  const redacted = await redactMessage(raw, options.redaction)
  if (!redacted.ok && (keepIdentifiers === undefined || !options.force)) {
    return { kind: 'refused', messageId, text: 'it cannot be read as HL7 v2, and so not be redacted' }
  }
  const input = keepIdentifiers === undefined && redacted.ok ? redacted.raw : raw
  const known = options.shelf.folderOf(input)
  if (known !== undefined) return { kind: 'known', messageId, folder: known }
  const answering = answeringCapabilities({ recorded: [], known: {}, live: options.live })
  const expected = await runMessage({
    definition: route.definition,
    input,
    capabilities: answering.capabilities,
    now: options.now,
  })
  const fixture: Fixture = {
    ...options.shelf.placeFor(redacted.ok ? redacted.type : 'unreadable'),
    input,
    facts: {
      recorded: {
        on: options.now.toISOString().slice(0, 10),
        revision: detail.revision,
        identifiers: keepIdentifiers === undefined ? 'pseudonyms' : `kept: ${keepIdentifiers}`,
      },
      now: options.now.toISOString(),
      attributes: input.attributes,
      answers: answering.asked(),
    },
    expected,
  }
  const left = keepIdentifiers === undefined && redacted.ok ? leftovers(fixture, redacted.replaced) : []
  if (left.length > 0) return { kind: 'refused', messageId, text: left.join('; ') }
  const files = await options.shelf.add(fixture)
  const uncovered = redacted.ok && keepIdentifiers === undefined ? redacted.report.uncovered : []
  return { kind: 'recorded', messageId, fixture, files, uncovered, went: await compareWithReal(options, detail, raw) }
}

/** Undefined where it cannot be known: calls would have to be asked again, with the real content. */
async function compareWithReal(
  { client, route, now }: RecordOptions,
  detail: MessageDetail,
  raw: Raw,
): Promise<readonly string[] | undefined> {
  if (callsOutside(route)) return undefined
  const outcome = await runMessage({ definition: route.definition, input: raw, capabilities: {}, now })
  return await whatWentOut(client, detail, outcome)
}
