import { SambandError } from '@samband/errors'
import { CapabilityStatements } from '../capabilities/capability-statements.ts'
import type { SecurityFacts } from '../capabilities/rest-security.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import type { Interaction } from '../ports.ts'
import { answerBundle, bundleKind } from './bundle-answers.ts'
import { generalParameters, refuseUnknown } from './general-parameters.ts'
import { answerHistory } from './history-answers.ts'
import type { Dispatch, HubAnswer, HubRequest } from './hub-request.ts'
import { answerOperation, type Operations } from './operation-answers.ts'
import { errorAnswer } from './outcome.ts'
import { patientsOf } from './patients.ts'
import { parsePrefer } from './prefer.ts'
import { answerRead, answerVersionRead } from './read-answers.ts'
import { allowedMethods, interactionCode, type Route, routeOf } from './route.ts'
import { answerSearch } from './search-answers.ts'
import { isWhole, subsetText } from './subset-text.ts'
import { answerCreate, answerDelete, answerPatch, answerUpdate } from './write-answers.ts'

export type DispatchOptions = {
  readonly operations: Operations
  /** Whether DELETE by criteria removes all that match, or refuses when several do. Default 'multiple'. */
  readonly conditionalDelete?: 'single' | 'multiple'
  /** How tokens are had, for the CapabilityStatement. */
  readonly security?: SecurityFacts
}

/**
 * Every interaction of the hub in one function: who may do it is asked before, the audit is told before the answer leaves,
 * and what goes wrong is an answer too. Entries of batches come this way as requests from the socket do.
 */
export function createDispatch(context: HubContext, options: DispatchOptions): Dispatch {
  const capabilities = new CapabilityStatements(context, options)
  const multiple = options.conditionalDelete !== 'single'

  const perform = async (request: HubRequest, route: Route): Promise<HubAnswer> => {
    switch (route.kind) {
      case 'read':
        return await answerRead(context, request, route)
      case 'vread':
        return await answerVersionRead(context, request, route)
      case 'search':
        return await answerSearch(context, request, route)
      case 'create':
        return await answerCreate(context, request, route)
      case 'update':
        return await answerUpdate(context, request, route)
      case 'patch':
        return await answerPatch(context, request, route)
      case 'delete':
        return await answerDelete(context, request, route, { multiple })
      case 'history':
        return await answerHistory(context, request, route)
      case 'bundle':
        return await answerBundle(context, request, dispatch)
      case 'operation':
        return await answerOperation(context, options.operations, request, route)
      case 'capabilities':
        return await answerCapabilities(context, capabilities, request)
    }
  }

  const dispatch: Dispatch = async request => {
    let interaction: Interaction | undefined
    let answer: HubAnswer
    try {
      if (request.method === 'OPTIONS') return await optionsAnswer(context, capabilities, request)
      const route = routeOf(context, request.method, request.segments)
      if (route.kind === 'capabilities') return await perform(request, route)
      interaction = interactionOf(request, route)
      const asked = context.authorize(interaction)
      if (asked !== undefined) await asked
      answer = await perform(request, route)
    } catch (thrown) {
      answer = errorAnswer(context, thrown)
    }
    return interaction === undefined ? answer : await audited(context, interaction, answer)
  }
  return dispatch
}

function interactionOf(request: HubRequest, route: Route): Interaction {
  const { caller } = request
  const code = route.kind === 'bundle' ? bundleKind(request) : interactionCode(route)
  const type = 'type' in route ? route.type : undefined
  const id = 'id' in route ? route.id : undefined
  return { caller, code, ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) }
}

/** Nothing leaves that the audit could not be told of: a failure of its own becomes the answer, without data. */
async function audited(context: HubContext, interaction: Interaction, answer: HubAnswer): Promise<HubAnswer> {
  const { status, resources } = answer
  const patients = answer.patients ?? patientsOf(context, resources, answer.text === undefined ? [] : [answer.text])
  try {
    const told = context.audit({
      ...interaction,
      outcome: status < 400 ? 'success' : 'failure',
      status,
      resources,
      patients:
        patients.length === 0 && interaction.type === 'Patient' && interaction.id !== undefined
          ? [interaction.id]
          : patients,
    })
    if (told !== undefined) await told
    return answer
  } catch (thrown) {
    return errorAnswer(
      context,
      thrown instanceof SambandError && thrown.category !== 'fault' ? thrown : auditFailure(thrown),
    )
  }
}

function auditFailure(cause: unknown): HubError {
  return new HubError({
    code: 'audit-unavailable',
    category: 'unavailable',
    message: 'the audit could not be told of this, so there is no answer; what was written stays written',
    cause,
  })
}

async function answerCapabilities(
  context: HubContext,
  capabilities: CapabilityStatements,
  { query, headers }: HubRequest,
): Promise<HubAnswer> {
  refuseUnknown(query, ['mode'], parsePrefer(headers.prefer))
  const general = generalParameters(query)
  const text = await capabilities.text(query.find(([name]) => name === 'mode')?.[1] ?? 'full')
  const answer = { status: 200, headers: {}, resources: [] }
  return isWhole(general) ? { ...answer, text, isFixed: true } : { ...answer, text: subsetText(context, text, general) }
}

/** OPTIONS of the base tells what there is (as of DSTU2, and still asked); of another address, what it takes. */
async function optionsAnswer(
  context: HubContext,
  capabilities: CapabilityStatements,
  { segments }: HubRequest,
): Promise<HubAnswer> {
  const headers = { allow: allowedMethods(context, segments).join(', ') }
  if (segments.length > 0) return { status: 204, headers, resources: [] }
  return { status: 200, headers, text: await capabilities.text('full'), isFixed: true, resources: [] }
}
