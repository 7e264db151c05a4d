import { SambandError, toSambandError } from '@samband/errors'
import { formatJson, parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { type Queryable, toDatabaseError } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import { runTransaction } from '../bundles/run-transaction.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError, hubIssues } from '../hub-error.ts'
import { errorAnswer } from '../http/outcome.ts'
import { patientsOf } from '../http/patients.ts'
import type { Interaction } from '../ports.ts'
import type { ResourceName } from '../storage/stored.ts'

/** What a delivery is answered with: an HTTP status, and a Bundle or an OperationOutcome as JSON. */
export type DeliveryReply = { readonly code: string; readonly bytes: Uint8Array }

/** Whoever delivers writes that it is delivered in the very transaction of the database that carries it out. */
export type DeliverySettlement = {
  /** First in the transaction. */
  readonly begin: (client: Queryable) => Promise<void>
  /** Last in it. */
  readonly settle: (client: Queryable, reply: DeliveryReply) => Promise<void>
}

/** A delivery that was refused, with the OperationOutcome that says why. */
export class DeliveryRefusal extends SambandError {
  readonly reply: DeliveryReply

  constructor(error: SambandError, reply: DeliveryReply) {
    super({ code: error.code, category: error.category, message: error.message, cause: error })
    this.reply = reply
  }
}

/** Routes may do everything: whether a route should is decided where it is deployed. */
export const routeCaller: Caller = { actor: 'route', actorKind: 'system', access: () => 'all' }

/**
 * A transaction Bundle from a route, and the settlement of its delivery, in one transaction of the database: after a crash
 * both are there, or neither. It runs again when the database could not let it through beside others.
 *
 * @throws DeliveryRefusal: its category says whether another attempt may help; what `settlement` throws, as it is
 */
export async function deliverTransaction(
  context: HubContext,
  content: Uint8Array,
  settlement: DeliverySettlement,
): Promise<DeliveryReply> {
  let settling: unknown
  const watched = async (step: Promise<void>): Promise<void> => {
    await step.catch((thrown: unknown) => {
      settling = thrown
      throw thrown
    })
  }
  try {
    const bundle = readBundle(context, content)
    await context.authorize(interaction)
    return await context.store.transaction(async transaction => {
      const { client } = transaction
      settling = undefined
      await watched(settlement.begin(client))
      const response = await runTransaction(context, {
        caller: routeCaller,
        bundle,
        transaction,
        prefer: 'return=minimal',
      })
      const reply = { code: '200', bytes: jsonBytes(response) }
      // Side by side: others wait for the locks that are held until the commit.
      const told = tellAudit(context, { status: 200, resources: writtenBy(response), content })
      await Promise.all([told, watched(settlement.settle(client, reply))])
      return reply
    })
  } catch (thrown) {
    // What the engine could not write is the engine's to judge.
    if (settling !== undefined) throw thrown
    const { status, resource } = errorAnswer(context, thrown)
    await tellAudit(context, { status, resources: [], content: undefined })
    throw new DeliveryRefusal(failureOf(thrown), {
      code: String(status),
      bytes: jsonBytes(resource ?? {}),
    })
  }
}

const interaction: Interaction = { caller: routeCaller, code: 'transaction' }

/**
 * Told before the commit, so that nothing is written that the audit does not know of; one that runs again after a
 * collision is told of twice.
 */
async function tellAudit(
  context: HubContext,
  told: {
    readonly status: number
    readonly resources: readonly ResourceName[]
    readonly content: Uint8Array | undefined
  },
): Promise<void> {
  const { status, resources, content } = told
  const patients = patientsOf(context, resources, content === undefined ? [] : [Buffer.from(content).toString('utf8')])
  await context.audit({ ...interaction, outcome: status < 400 ? 'success' : 'failure', status, resources, patients })
}

/** The resources that the entries of a response name in their locations: '…/Type/id/_history/version'. */
function writtenBy(response: JsonObject): readonly ResourceName[] {
  const entries = Array.isArray(response['entry']) ? response['entry'] : []
  const names: ResourceName[] = []
  for (const entry of entries) {
    const answer = isJsonObject(entry) ? entry['response'] : undefined
    const location = isJsonObject(answer) ? answer['location'] : undefined
    const [type, id] = typeof location === 'string' ? location.split('/').slice(-4, -2) : []
    if (type !== undefined && id !== undefined) names.push({ type, id })
  }
  return names
}

/** A lost connection has no code of its own: it passes. Anything else that is not ours is a fault. */
function failureOf(thrown: unknown): SambandError {
  const ofDatabase = toDatabaseError(thrown, 'delivering into the hub')
  return ofDatabase.category === 'fault' ? toSambandError(thrown, 'hub-fault') : ofDatabase
}

/** @throws HubError 400 */
function readBundle({ limits }: HubContext, content: Uint8Array): JsonObject {
  const { depthMax, issuesMax } = limits
  const parsed = parseJson(content, { depthMax, issuesMax, bytesMax: limits.bundleBytesMax })
  const isBundle = parsed.ok && isJsonObject(parsed.value) && parsed.value['resourceType'] === 'Bundle'
  if (parsed.ok && isJsonObject(parsed.value) && isBundle && parsed.value['type'] === 'transaction') return parsed.value
  throw new HubError({
    code: 'transaction-expected',
    category: 'incorrect',
    message: 'routes deliver Bundles of the type transaction',
    ...(parsed.ok ? {} : { issues: hubIssues(parsed.issues) }),
  })
}

function jsonBytes(resource: JsonObject): Uint8Array {
  return new TextEncoder().encode(formatJson(resource))
}
