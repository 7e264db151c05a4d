import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatSchemaIssue, type SchemaIssue } from '@samband/operations'
import { CliError, configurationError, exitCodes } from '../cli/exit-codes.ts'
import { type Deployment, examineConfig, type LoadOptions } from './examine-config.ts'
import { resolveSecrets, secretReader } from './secrets/resolve-secrets.ts'

export type { Deployment, LoadOptions }

export const configFileName = 'samband.config.ts'

/**
 * Reads and checks a configuration, and reads its secrets; those of one part only, where no other is used. Every problem in
 * one go.
 *
 * @throws CliError `configuration`, with one line per problem; with the exit code of what is unreachable, where a vault is
 */
export async function loadConfig(
  options: LoadOptions & { readonly secretsOf?: 'database' | undefined },
): Promise<Deployment> {
  return await withSecrets(await readConfig(options), options.env, options.secretsOf)
}

/** The same without its secrets, for whoever starts nothing: placeholders stand in their places. */
export async function readConfig(options: LoadOptions): Promise<Deployment> {
  const file = resolve(options.file)
  return parseConfig(await importConfig(file), { ...options, file })
}

/** The same for a configuration that is already there, as an object. */
export function parseConfig(exported: unknown, options: LoadOptions): Deployment {
  const { issues, deployment } = examineConfig(exported, options)
  if (issues.length > 0) throw problems(options.file, issues)
  return deployment
}

async function withSecrets(
  deployment: Deployment,
  env: LoadOptions['env'],
  part: string | undefined,
): Promise<Deployment> {
  const uses = deployment.secretUses.filter(({ path }) => part === undefined || path[0] === part)
  const read = secretReader({ providers: deployment.secrets, env })
  const { settings, troubles } = await resolveSecrets({ ...deployment }, uses, read)
  if (troubles.length > 0) {
    const error = problems(deployment.file, troubles)
    if (!troubles.every(({ category }) => category === 'unavailable')) throw error
    const { message, details } = error
    throw new CliError({ code: 'secrets-unreachable', exitCode: exitCodes.unreachable, message, details })
  }
  // The same keys with texts in place of placeholders.
  return settings as Deployment
}

export function problems(file: string, issues: readonly SchemaIssue[]): CliError {
  const lines = issues.map(formatSchemaIssue)
  if (lines.length === 1) return configurationError(`${file}: ${lines[0]}`)
  return configurationError(`${file} has ${lines.length} problems`, lines)
}

/** What the file exports, unchecked. @throws CliError when there is no such file, or it throws */
export async function importConfig(file: string): Promise<unknown> {
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
