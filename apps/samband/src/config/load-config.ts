import { access } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatSchemaIssue, type SchemaIssue, schemaIssues } from '@samband/operations'
import { CliError, configurationError, exitCodes } from '../cli/exit-codes.ts'
import type { ParsedConfig } from './config-types.ts'
import { configKeys, withEnvironment } from './environment.ts'
import { configSchema } from './schema.ts'

/** A configuration that holds, with every path absolute. */
export type Deployment = ParsedConfig & {
  /** Where it was read from. */
  readonly file: string
  /** The folder of that file: what paths in it are relative to. */
  readonly folder: string
  readonly data: string
  readonly masterKeyFile: string
  /** What is odd but does not keep it from starting. */
  readonly warnings: readonly string[]
}

export type LoadOptions = {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The data folder unless the configuration or the environment names one. */
  readonly dataDefault?: string
}

export const configFileName = 'samband.config.ts'

/**
 * Reads and checks a configuration. Every problem in one go.
 *
 * @throws CliError `configuration`, with one line per problem
 */
export async function loadConfig(options: LoadOptions): Promise<Deployment> {
  const file = resolve(options.file)
  return parseConfig(await importConfig(file), { ...options, file })
}

/** The same for a configuration that is already there, as an object. */
export function parseConfig(exported: unknown, { file, env, dataDefault }: LoadOptions): Deployment {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw configurationError(`${file} must have a default export: export default defineConfig({ ... })`)
  }
  const { input, issues, unknown } = withEnvironment({ ...exported }, configKeys(configSchema), env)
  const result = configSchema.safeParse(input)
  const found = [...issues, ...(result.success ? [] : schemaIssues(result.error, configSchema))]
  if (!result.success || found.length > 0) throw problems(file, found)
  const folder = dirname(file)
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  const config = result.data
  // A folder from the environment or the command line is relative to where the person stands, as paths there are.
  const fromEnvironment = env['SAMBAND_DATA'] !== undefined && env['SAMBAND_DATA'] !== ''
  const data =
    config.data === undefined
      ? (dataDefault ?? join(folder, '.samband'))
      : fromEnvironment
        ? resolve(config.data)
        : absolute(config.data)
  return {
    ...config,
    file,
    folder,
    data,
    masterKeyFile: config.masterKeyFile === undefined ? join(data, 'master.key') : absolute(config.masterKeyFile),
    routes: config.routes.map(absolute),
    companions: config.companions.map(({ file: own, args }) => ({ file: absolute(own), args })),
    warnings: unknown,
  }
}

export function problems(file: string, issues: readonly SchemaIssue[]): CliError {
  const lines = issues.map(formatSchemaIssue)
  if (lines.length === 1) return configurationError(`${file}: ${lines[0]}`)
  return configurationError(`${file} has ${lines.length} problems`, lines)
}

async function importConfig(file: string): Promise<unknown> {
  try {
    await access(file)
  } catch (cause) {
    throw new CliError({
      code: 'configuration-missing',
      exitCode: exitCodes.configuration,
      message: `there is no configuration ${file}: write one, or name it with --config (samband start --example hospital needs none)`,
      cause,
    })
  }
  try {
    const module: unknown = await import(pathToFileURL(file).href)
    return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'it throws'
    throw configurationError(`${file} cannot be loaded: ${reason}`, [], cause)
  }
}
