import { SambandError } from '@samband/errors'
import { formatJson } from '@samband/fhir'
import type { Bundle, Identifier, ResourceByType } from '@samband/fhir/types'
import type { DestinationDescriptor, Encoded } from '@samband/route'

/** The endpoint's name where a route gives none. It needs no settings. */
export const hubEndpointDefault = 'hub'

export type FhirOptions = {
  /** Name of the endpoint in the deployment's configuration. Default 'hub', which need not be configured. */
  readonly endpoint?: string
}

/** A Bundle of which all entries are carried out, or none (FHIR R4 http.html#transaction). */
export type TransactionBundle = Bundle & { readonly type: 'transaction' }

export type UpsertOptions = FhirOptions & {
  /**
   * The system of the identifier by which the resource is found when it has no id of its own. Default: its first identifier
   * that has a system and a value.
   */
  readonly identifier?: string
}

/**
 * The platform's own FHIR server as a destination. A delivery happens exactly once: what is written, and that it was
 * delivered, is one transaction of the database.
 */
export const fhir: {
  /** Bundles: `.to('hub', fhir.transaction(), { map: toBundle })`. */
  readonly transaction: (options?: FhirOptions) => DestinationDescriptor<TransactionBundle>
  /**
   * One resource, made or replaced: by its id, else by an identifier. `.to('hub', fhir.upsert('Patient'), { map: toPatient })`.
   * What is as it should be already makes no version.
   */
  readonly upsert: <Type extends keyof ResourceByType>(
    type: Type,
    options?: UpsertOptions,
  ) => DestinationDescriptor<ResourceByType[Type]>
} = Object.freeze({ transaction, upsert })

function transaction({ endpoint = hubEndpointDefault }: FhirOptions = {}): DestinationDescriptor<TransactionBundle> {
  return Object.freeze({ connector: 'fhir', endpoint, options: Object.freeze({}), encode: encodeResource })
}

function upsert<Type extends keyof ResourceByType>(
  type: Type,
  { endpoint = hubEndpointDefault, identifier }: UpsertOptions = {},
): DestinationDescriptor<ResourceByType[Type]> {
  return Object.freeze({
    connector: 'fhir',
    endpoint,
    options: Object.freeze({}),
    encode: (resource: ResourceByType[Type]) =>
      encodeResource({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource, request: { method: 'PUT', url: targetOf(type, resource, identifier) } }],
      }),
  })
}

function encodeResource(resource: object): Encoded {
  return {
    bytes: new TextEncoder().encode(formatJson(resource)),
    attributes: { 'http.header.content-type': 'application/fhir+json' },
  }
}

/** `Patient/17`, or `Patient?identifier=system|value`. @throws SambandError 'fhir-target-missing' */
function targetOf(type: string, resource: object, system: string | undefined): string {
  if ('id' in resource && typeof resource.id === 'string') return `${type}/${resource.id}`
  const identifier = identifiersOf(resource).find(
    ({ system: own, value }) => value !== undefined && (system === undefined ? own !== undefined : own === system),
  )
  if (identifier !== undefined) {
    const { system: own = '', value = '' } = identifier
    return `${type}?identifier=${encodeURIComponent(`${escaped(own)}|${escaped(value)}`)}`
  }
  const wanted = system === undefined ? 'an identifier with a system' : `an identifier of ${system}`
  throw new SambandError({
    code: 'fhir-target-missing',
    category: 'incorrect',
    message: `the ${type} has neither an id nor ${wanted}, by which it would be found again`,
  })
}

function identifiersOf(resource: object): readonly Identifier[] {
  if (!('identifier' in resource)) return []
  // Most types have a list of them, some (Bundle, Composition) one: the generated types say so.
  const { identifier } = resource as { identifier?: Identifier | readonly Identifier[] }
  return identifier === undefined ? [] : [identifier].flat()
}

/** `,`, `|` and `$` are part of a search parameter's syntax (FHIR R4 search.html#escaping). */
function escaped(text: string): string {
  return text.replaceAll(/[\\,|$]/g, '\\$&')
}
