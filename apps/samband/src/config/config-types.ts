import type { EngineLimits, EndpointSetting } from '@samband/engine'
import type { OperationsLimits } from '@samband/operations'

/** Every key may be left out. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** What samband.config.ts exports. What each key means and its default: `samband config show`, docs/configuration.md. */
export type SambandConfig = {
  readonly name?: string | undefined
  readonly tenant?: number | undefined
  readonly node?: number | undefined
  readonly data?: string | undefined
  readonly masterKeyFile?: string | undefined
  readonly http?: Loose<HttpConfig> | undefined
  readonly database?: Loose<DatabaseConfig> | undefined
  readonly routes?: string | readonly string[] | undefined
  readonly endpoints?: Readonly<Record<string, EndpointSetting>> | undefined
  readonly capabilities?: CapabilitiesSource | undefined
  readonly companions?: readonly (string | CompanionInput)[] | undefined
  readonly retention?: Loose<RetentionConfig> | undefined
  readonly security?: Loose<SecurityConfig> | undefined
  readonly log?: Loose<LogConfig> | undefined
  readonly limits?: LimitsInput | undefined
}

/** With defaults and environment applied. */
export type ParsedConfig = {
  readonly name: string
  readonly tenant: number
  readonly node: number
  readonly data?: string | undefined
  readonly masterKeyFile?: string | undefined
  readonly http: HttpConfig
  readonly database: DatabaseConfig
  readonly routes: readonly string[]
  readonly endpoints: Readonly<Record<string, EndpointSetting>>
  readonly capabilities?: CapabilitiesSource | undefined
  readonly companions: readonly CompanionConfig[]
  readonly retention: RetentionConfig
  readonly security: SecurityConfig
  readonly log: LogConfig
  readonly limits: LimitsConfig
}

/** What `.call(...)` steps may use, by name; or what makes it when the server starts. */
export type CapabilitiesSource =
  | Readonly<Record<string, unknown>>
  | (() => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>)

export type CompanionInput = { readonly file: string; readonly args?: readonly string[] | undefined }

export type CompanionConfig = { readonly file: string; readonly args: readonly string[] }

export type HttpConfig = {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly behindTlsProxy: boolean
}

export type DatabaseConfig = {
  readonly url?: string | undefined
  readonly connectionsMax: number
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
}

export type RetentionConfig = { readonly days: number; readonly auditDays: number; readonly everyMinutes: number }

export type SecurityConfig = { readonly sessionHours: number; readonly sessionIdleMinutes: number }

export type LogConfig = {
  readonly level: 'info' | 'warn' | 'error'
  readonly fileBytesMax: number
  readonly filesMax: number
}

export type LimitsInput = Loose<LimitsConfig>

export type LimitsConfig = {
  readonly engine: Partial<EngineLimits>
  readonly operations: Partial<OperationsLimits>
}

/** Types and completion for samband.config.ts: `export default defineConfig({ ... })`. */
export function defineConfig(config: SambandConfig): SambandConfig {
  return config
}
