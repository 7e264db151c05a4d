import type { EngineLimits, EndpointSetting } from '@samband/engine'
import type { HubLimits } from '@samband/hub/limits'
import type { SmartCapability } from '@samband/hub/smart'
import type { OperationsLimits } from '@samband/operations'
import type { EndpointChanges, EndpointInput } from './endpoint-types.ts'
import type { ReadSecret } from './secrets/resolve-secrets.ts'
import type { SecretProvider } from './secrets/secret-provider.ts'
import type { SecretReference } from './secrets/secret-reference.ts'

/** Every key may be left out. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** What samband.config.ts exports. What each key means and its default: `samband config show`, docs/configuration.md. */
export type SambandConfig = {
  readonly name?: string | undefined
  readonly tenant?: number | undefined
  readonly processes?: number | undefined
  readonly peers?: PeersConfig | undefined
  readonly data?: string | undefined
  readonly masterKeyFile?: string | undefined
  readonly http?: Loose<HttpConfig> | undefined
  readonly hub?: HubInput | undefined
  readonly database?: DatabaseInput | undefined
  readonly routes?: string | readonly string[] | undefined
  readonly endpoints?: Readonly<Record<string, EndpointInput>> | undefined
  readonly capabilities?: CapabilitiesSource | undefined
  readonly companions?: readonly (string | CompanionInput)[] | undefined
  readonly retention?: Loose<RetentionConfig> | undefined
  readonly security?: Loose<SecurityConfig> | undefined
  readonly log?: Loose<LogConfig> | undefined
  readonly limits?: LimitsInput | undefined
  /** Where secrets are kept, beside the environment and files: `{ vault: hashicorpVault({ ... }) }`. */
  readonly secrets?: Readonly<Record<string, SecretProvider>> | undefined
  /** What differs between dev, test and prod; SAMBAND_ENVIRONMENT or --environment chooses. */
  readonly environments?: Readonly<Record<string, EnvironmentChanges>> | undefined
}

/** Changes to a configuration: objects are merged, anything else replaces what was there, and null removes it. */
export type EnvironmentChanges = {
  readonly [K in keyof Omit<SambandConfig, 'environments' | 'endpoints'>]?: Changes<SambandConfig[K]>
} & { readonly endpoints?: Readonly<Record<string, EndpointChanges | null>> | undefined }

type Changes<T> = T extends SecretReference | readonly unknown[] | ((...args: never[]) => unknown)
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Changes<T[K]> | null }
    : T | null

/** With defaults and environment applied. */
export type ParsedConfig = {
  readonly name: string
  readonly tenant: number
  readonly processes: number
  readonly peers?: PeersConfig | undefined
  readonly data?: string | undefined
  readonly masterKeyFile?: string | undefined
  readonly http: HttpConfig
  readonly hub: HubConfig
  readonly database: DatabaseConfig
  readonly routes: readonly string[]
  readonly endpoints: Readonly<Record<string, EndpointSetting>>
  readonly capabilities?: CapabilitiesSource | undefined
  readonly companions: readonly CompanionConfig[]
  readonly retention: RetentionConfig
  readonly security: SecurityConfig
  readonly log: LogConfig
  readonly limits: LimitsConfig
  readonly secrets: Readonly<Record<string, SecretProvider>>
}

/** What `.call(...)` steps may use, by name; or what makes it when the server starts. */
export type CapabilitiesSource =
  | Readonly<Record<string, unknown>>
  | ((context: CapabilitiesContext) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>)

/** For what makes the capabilities: `capabilities: async ({ readSecret }) => ({ ... })`. */
export type CapabilitiesContext = { readonly readSecret: ReadSecret; readonly environment: string | undefined }

export type CompanionInput = { readonly file: string; readonly args?: readonly string[] | undefined }

export type CompanionConfig = { readonly file: string; readonly args: readonly string[] }

/** Where the processes of other machines reach those of this one. */
export type PeersConfig = { readonly listen: string; readonly advertise?: string | undefined }

export type HttpConfig = {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly behindTlsProxy: boolean
}

/** The FHIR server. */
export type HubConfig = {
  readonly enabled: boolean
  readonly baseUrl?: string | undefined
  readonly issuers: readonly IssuerConfig[]
  readonly smart?: SmartConfig | undefined
  readonly references: 'refuse' | 'accept'
  /** Files of implementation guides. */
  readonly packages: readonly string[]
  readonly validation: ValidationConfig
}

/** What is said of what the standard leaves open. */
export type ValidationConfig = {
  readonly unknownProfiles: 'warning' | 'error'
  readonly unknownExtensions: Remark
  readonly unknownModifierExtensions: Remark
  readonly bestPractice: Remark
}

type Remark = 'ignore' | 'information' | 'warning' | 'error'

export type HubInput = Loose<Omit<HubConfig, 'validation' | 'smart'>> & {
  readonly smart?: (Loose<SmartConfig> & Pick<SmartConfig, 'tokenEndpoint'>) | undefined
  readonly validation?: Loose<ValidationConfig> | undefined
}

/** What applications are told of the authorisation server. */
export type SmartConfig = {
  readonly tokenEndpoint: string
  readonly authorizationEndpoint?: string | undefined
  readonly grantTypes: readonly ('authorization_code' | 'client_credentials')[]
  readonly capabilities: readonly SmartCapability[]
}

/** Who may issue tokens for the FHIR server, beside the platform itself. */
export type IssuerConfig = {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly jwksUri: string
}

export type DatabaseConfig = {
  readonly url?: string | undefined
  readonly connectionsMax: number
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
}

export type DatabaseInput = Loose<Omit<DatabaseConfig, 'url'>> & {
  readonly url?: string | SecretReference | SecretPlace | undefined
}

/** A secret's place, for configurations that import nothing. */
export type SecretPlace = { readonly env: string } | { readonly file: string } | { readonly vault: string }

export type RetentionDays = { readonly days: number; readonly bodyDays?: number | undefined }

export type RetentionConfig = RetentionDays & {
  /** Other times for routes that name a class. */
  readonly classes: Readonly<Record<string, RetentionDays>>
  readonly auditDays: number
  readonly everyMinutes: number
}

export type SecurityConfig = { readonly sessionHours: number; readonly sessionIdleMinutes: number }

export type LogConfig = {
  readonly level: 'info' | 'warn' | 'error'
  readonly fileBytesMax: number
  readonly filesMax: number
}

export type LimitsInput = Loose<LimitsConfig>

export type LimitsConfig = {
  readonly engine: Partial<EngineLimits>
  readonly hub: Partial<HubLimits>
  readonly operations: Partial<OperationsLimits>
}

/** Types and completion for samband.config.ts: `export default defineConfig({ ... })`. */
export function defineConfig(config: SambandConfig): SambandConfig {
  return config
}
