import type {
  FhirDestinationConfig,
  FileDestinationConfig,
  FileSourceConfig,
  HttpDestinationConfig,
  HttpSourceConfig,
  MllpDestinationConfig,
  MllpSourceConfig,
  TimerSourceConfig,
} from '@samband/connectors'
import type { SecretPlace } from './config-types.ts'
import type { SecretReference } from './secrets/secret-reference.ts'

/**
 * The settings of each connector, as an endpoint takes them: what the editor completes. A connector of your own adds itself:
 *
 *     declare module 'samband' {
 *       interface EndpointTypes { serial: { readonly device: string } }
 *     }
 */
export interface EndpointTypes {
  mllp: Written<MllpSourceConfig> | Written<MllpDestinationConfig>
  http: Written<HttpSourceConfig> | Written<HttpDestinationConfig>
  file: Written<FileSourceConfig> | Written<FileDestinationConfig>
  timer: Written<TimerSourceConfig>
  fhir: Written<FhirDestinationConfig>
}

/** One endpoint of `endpoints`. */
export type EndpointInput = {
  [Name in keyof EndpointTypes]: {
    readonly connector: Name
    /** Which system stands there, as people call it: 'EHR', 'LIS'. */
    readonly system?: string | undefined
    /** The system takes messages from one process only: routes that deliver there run whole in one. */
    readonly exclusive?: boolean | undefined
  } & EndpointTypes[Name]
}[keyof EndpointTypes]

/** What an environment changes of an endpoint; null removes a setting. An endpoint that is there already needs no connector. */
export type EndpointChanges = {
  [Name in keyof EndpointTypes]: {
    readonly connector?: Name | undefined
    readonly system?: string | null | undefined
    readonly exclusive?: boolean | null | undefined
  } & Changed<EndpointTypes[Name]>
}[keyof EndpointTypes]

/** Settings before defaults: each may be left out, and a secret may stand in place of any text. What must not be missing is checked at the start. */
type Written<T> = T extends string
  ? string extends T
    ? T | SecretReference
    : T
  : T extends readonly (infer Item)[]
    ? readonly Written<Item>[]
    : T extends object
      ? IsSecret<T> extends true
        ? T | SecretPlace | SecretReference | string
        : { readonly [Key in keyof T]?: Written<T[Key]> | undefined }
      : T

/** A `SecretSource` of the connectors is known by its keys. */
type IsSecret<T> = keyof T extends 'file' | 'env' | 'value' ? ('env' extends keyof T ? true : false) : false

type Changed<T> = T extends readonly unknown[] | SecretReference
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Changed<T[Key]> | null | undefined }
    : T
