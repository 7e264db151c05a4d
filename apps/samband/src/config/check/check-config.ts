import { resolve } from 'node:path'
import type { Connector, LoadedRoute } from '@samband/engine'
import { loadRoutes } from '@samband/engine'
import { toSambandError } from '@samband/errors'
import { formatSchemaIssue, type SchemaIssue } from '@samband/operations'
import { checkRoutes } from '../check-routes.ts'
import { type Deployment, examineConfig, type ExaminedConfig, type LoadOptions } from '../examine-config.ts'
import { importConfig } from '../load-config.ts'
import { secretReader } from '../secrets/resolve-secrets.ts'
import { isPlainObject } from '../setting-path.ts'
import { checkCertificates } from './check-certificates.ts'
import { checkFolders } from './check-folders.ts'
import { checkPackages } from './check-packages.ts'
import { checkPorts } from './check-ports.ts'
import { checkSecrets } from './check-secrets.ts'
import type { Finding } from './finding.ts'

export type CheckOptions = LoadOptions & {
  readonly connectors: readonly Connector[]
  readonly now: Date
  readonly askVaults: boolean
}

export type ConfigCheck = {
  readonly findings: readonly Finding[]
  readonly deployment: Deployment
  readonly routes: readonly LoadedRoute[]
}

/**
 * Everything that is wrong with a configuration, in one go and without starting anything: the file, its environments, routes
 * against endpoints, secrets, certificates, ports, folders.
 *
 * @throws CliError `configuration` when there is no configuration to look at
 */
export async function checkConfig(options: CheckOptions): Promise<ConfigCheck> {
  const file = resolve(options.file)
  const exported = await importConfig(file)
  const examined = examineConfig(exported, { ...options, file })
  const { deployment } = examined
  const { routes, findings: unloaded } = await routesOf(deployment)
  const read = secretReader({ providers: deployment.secrets, env: options.env })
  const later = await Promise.all([
    checkSecrets({ deployment, read, askVaults: options.askVaults }),
    checkCertificates({ deployment, read, now: options.now }),
    checkFolders(deployment, routes),
    checkPackages(deployment),
  ])
  const findings = [
    ...examined.issues.map(problem),
    ...otherEnvironments(exported, examined, { ...options, file }),
    ...unloaded,
    ...routeFindings(examined, routes, options.connectors, unloaded.length > 0),
    ...later.flat(),
    ...checkPorts(deployment, routes),
    ...deployment.warnings.map((text): Finding => ({ kind: 'note', code: 'configuration', text })),
  ]
  return { findings: findings.toSorted((a, b) => rank(a) - rank(b)), deployment, routes }
}

function rank({ kind }: Finding): number {
  return kind === 'problem' ? 0 : 1
}

function problem(issue: SchemaIssue): Finding {
  return { kind: 'problem', ...issue }
}

/** The environments that were not chosen: what is wrong with them alone is told now, not on the day that they are deployed. */
function otherEnvironments(exported: unknown, chosen: ExaminedConfig, options: LoadOptions): readonly Finding[] {
  const environments = isPlainObject(exported) ? exported['environments'] : undefined
  if (!isPlainObject(environments)) return []
  const told = new Set(chosen.issues.map(issueKey))
  return Object.keys(environments)
    .filter(name => name !== chosen.deployment.environment)
    .flatMap(name => {
      const { issues } = examineConfig(exported, { ...options, env: { SAMBAND_ENVIRONMENT: name } })
      return issues
        .filter(issue => !told.has(issueKey(issue)))
        .map(issue => ({
          kind: 'problem' as const,
          code: issue.code,
          text: `environment ${name}: ${formatSchemaIssue(issue)}`,
        }))
    })
}

function issueKey({ code, path = '', text }: SchemaIssue): string {
  return [code, path, text].join('\u0000')
}

async function routesOf({
  routes: folders,
}: Deployment): Promise<{ readonly routes: readonly LoadedRoute[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const loaded = await Promise.all(
    folders.map(async folder => {
      try {
        return await loadRoutes(folder)
      } catch (thrown) {
        const { code, message } = toSambandError(thrown, 'route-unloadable')
        const text = message.includes(folder) ? message : `a route in ${folder} cannot be loaded: ${message}`
        findings.push({ kind: 'problem', code, path: 'routes', text })
        return []
      }
    }),
  )
  return { routes: loaded.flat(), findings }
}

/** Without what follows from something that was told already: endpoints that are broken, routes that cannot be loaded. */
function routeFindings(
  { deployment, brokenEndpoints }: ExaminedConfig,
  routes: readonly LoadedRoute[],
  connectors: readonly Connector[],
  routesMissing: boolean,
): readonly Finding[] {
  const { issues, warnings } = checkRoutes(routes, deployment.endpoints, connectors)
  const follows = ({ code, text }: SchemaIssue): boolean =>
    (code === 'endpoint-missing' && brokenEndpoints.some(name => text.includes(`the endpoint '${name}'`))) ||
    (code === 'route-missing' && routesMissing)
  const notes = routesMissing ? [] : warnings
  return [
    ...issues.filter(issue => !follows(issue)).map(problem),
    ...notes.map((text): Finding => ({ kind: 'note', code: 'endpoint-unused', text })),
  ]
}
