import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type SchemaIssue, schemaIssues } from '@samband/operations'
import type { z } from 'zod'
import { configurationError } from '../cli/exit-codes.ts'
import type { ParsedConfig } from './config-types.ts'
import { configKeys, withEnvironment } from './environment.ts'
import { chooseEnvironment, type ConfigOrigins, configOrigins, developmentEnvironment } from './environments.ts'
import { configSchema } from './schema.ts'
import { liftSecrets, type SecretUse } from './secrets/lift-secrets.ts'
import { isPlainObject, type Settings, valueAt } from './setting-path.ts'

/** A configuration that holds, with every path absolute. */
export type Deployment = ParsedConfig & {
  /** Where it was read from. */
  readonly file: string
  /** The folder of that file: what paths in it are relative to. */
  readonly folder: string
  readonly data: string
  readonly masterKeyFile: string
  /** 'dev', 'test', 'prod' ...; undefined when none was chosen. */
  readonly environment: string | undefined
  /** What is odd but does not keep it from starting. */
  readonly warnings: readonly string[]
  readonly origins: ConfigOrigins
  readonly secretUses: readonly SecretUse[]
}

export type LoadOptions = {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The data folder unless the configuration or the environment names one. */
  readonly dataDefault?: string
}

export type ExaminedConfig = {
  readonly issues: readonly SchemaIssue[]
  /** What can be made of it: parts with issues are left out, so that the rest can be looked at. Secrets are not read yet. */
  readonly deployment: Deployment
  /** Endpoints that were left out: who names them is not to blame. */
  readonly brokenEndpoints: readonly string[]
}

/**
 * Everything that a configuration alone tells is wrong with it, and what holds of the rest.
 *
 * @throws CliError `configuration` for what is no configuration at all
 */
export function examineConfig(exported: unknown, { file, env, dataDefault }: LoadOptions): ExaminedConfig {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw configurationError(`${file} must have a default export: export default defineConfig({ ... })`)
  }
  const written: Settings = { ...exported }
  const environment = env['SAMBAND_ENVIRONMENT'] === '' ? undefined : env['SAMBAND_ENVIRONMENT']
  const chosen = chooseEnvironment(written, environment)
  const { input, issues, unknown, set } = withEnvironment(chosen.settings, configKeys(configSchema), env)
  const lifted = liftSecrets(input)
  const parsed = parseSettings(lifted.settings)
  const config = parsed.config
  const folder = dirname(file)
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  // A folder from the environment or the command line is relative to where the person stands, as paths there are.
  const data =
    config.data === undefined
      ? (dataDefault ?? join(folder, '.samband'))
      : set.has('data')
        ? resolve(config.data)
        : absolute(config.data)
  const origins = configOrigins({ written, changes: chosen.changes, environment, variables: set })
  const kept = (use: SecretUse): boolean => valueAt(config, use.path) !== undefined
  const secretUses = lifted.uses.filter(kept)
  return {
    issues: [...chosen.issues, ...issues, ...lifted.issues, ...parsed.issues],
    brokenEndpoints: parsed.brokenEndpoints,
    deployment: {
      ...config,
      file,
      folder,
      data,
      masterKeyFile: config.masterKeyFile === undefined ? join(data, 'master.key') : absolute(config.masterKeyFile),
      hub: { ...config.hub, packages: config.hub.packages.map(absolute) },
      routes: config.routes.map(absolute),
      companions: config.companions.map(({ file: own, args }) => ({ file: absolute(own), args })),
      environment,
      warnings: [...unknown, ...plainSecrets(secretUses, environment, origins)],
      origins,
      secretUses,
    },
  }
}

/** A secret written as text is for whoever reads the repository, too. What a variable holds is not in it. */
function plainSecrets(
  uses: readonly SecretUse[],
  environment: string | undefined,
  origins: ConfigOrigins,
): readonly string[] {
  if (environment === developmentEnvironment) return []
  return uses
    .filter(({ reference, path }) => reference === undefined && !origins(path).startsWith('SAMBAND_'))
    .map(
      ({ path }) =>
        `${path.join('.')}: the secret itself stands in the configuration; write secret.env(...), secret.file(...) or secret.vault(...)`,
    )
}

type ParsedSettings = Pick<ExaminedConfig, 'issues' | 'brokenEndpoints'> & { readonly config: ParsedConfig }

function parseSettings(settings: Settings): ParsedSettings {
  const first = configSchema.safeParse(settings)
  if (first.success) return { config: first.data, issues: [], brokenEndpoints: [] }
  const sound = withoutBroken(settings, first.error)
  const second = configSchema.safeParse(sound)
  const before = Object.keys(isPlainObject(settings['endpoints']) ? settings['endpoints'] : {})
  return {
    // An empty configuration holds: every key has a default.
    config: second.success ? second.data : configSchema.parse({}),
    issues: schemaIssues(first.error, configSchema),
    brokenEndpoints: before.filter(name => valueAt(sound, ['endpoints', name]) === undefined),
  }
}

/** The settings without the keys (of endpoints: without the endpoints) that have an issue. */
function withoutBroken(settings: Settings, error: z.ZodError): Settings {
  const kept: Record<string, unknown> = { ...settings }
  for (const issue of error.issues) {
    const [key, name] = issue.path.map(String)
    if (key === undefined) {
      for (const unknown of issue.code === 'unrecognized_keys' ? issue.keys : []) delete kept[unknown]
    } else if (key === 'endpoints' && name !== undefined && isPlainObject(kept['endpoints'])) {
      const { [name]: _broken, ...rest } = kept['endpoints']
      kept['endpoints'] = rest
    } else delete kept[key]
  }
  return kept
}
