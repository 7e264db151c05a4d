import type { HubPort } from '@samband/connectors'
import type { AuditEvent } from '@samband/audit'
import type { HubContext, HubPluginOptions, SmartConfigurationOptions } from '@samband/hub'
import type { Database } from '@samband/store'
import type { Deployment } from '../../config/load-config.ts'
import type { ServerLog } from '../log.ts'
import { fhirPrefix } from './fhir-prefix.ts'
import { fhirAudit } from './fhir-audit.ts'
import { readPackageFile } from './package-file.ts'
import { fhirAuthentication, fhirCaller, type FhirSessions } from './fhir-callers.ts'
import { Turns } from './turns.ts'

/** Deliveries of all routes together take one of so many connections of the pool at most: the rest is for those who read. */
const poolShare = 2

export type ServerHubOptions = {
  readonly db: Database
  readonly config: Pick<Deployment, 'tenant' | 'hub' | 'limits' | 'database'>
  readonly log: ServerLog
}

export type HubOpening = {
  /** 0..31, unique among the processes of the tenant. */
  readonly node: number
  readonly access: FhirSessions & {
    readonly bearer: (token: string) => Promise<Parameters<typeof fhirCaller>[0] | undefined>
    readonly audit: (event: AuditEvent) => Promise<void>
  }
  readonly patientIndex: (patientId: string) => number
}

/**
 * The FHIR server of one process. Routes may be given its port before it is open: what they deliver waits until then, because
 * its number among the processes is the engine's, and the engine begins with what waits.
 */
export class ServerHub {
  readonly #options: ServerHubOptions
  readonly #opened = Promise.withResolvers<HubContext>()
  readonly #turns: Turns
  #url: string | undefined
  #context: HubContext | undefined

  constructor(options: ServerHubOptions) {
    this.#options = options
    this.#turns = new Turns(Math.max(1, Math.floor(options.config.database.connectionsMax / poolShare)))
    // Whoever delivers is told; that nobody does is no trouble.
    this.#opened.promise.catch(() => {})
  }

  /** What routes deliver to. */
  get port(): HubPort {
    return {
      address: fhirPrefix,
      transaction: async ({ bytes }, settlement) => {
        const context = await this.#opened.promise
        const { deliverTransaction } = await import('@samband/hub/destinations')
        return await this.#turns.run(() => deliverTransaction(context, bytes, settlement))
      },
    }
  }

  /** What clients call it: as configured, else the address of the HTTP server. */
  get url(): string {
    return this.#options.config.hub.baseUrl ?? this.#url ?? `http://127.0.0.1${fhirPrefix}`
  }

  /** The HTTP server listens, 'http://127.0.0.1:7600'. */
  listens(serverUrl: string): void {
    this.#url = `${serverUrl}${fhirPrefix}`
  }

  /** Makes its tables and loads the definitions of R4. Answers what the HTTP server is to be given. */
  async open({ node, access, patientIndex }: HubOpening): Promise<HubPluginOptions> {
    const { db, config, log } = this.#options
    try {
      const { createAuthenticate, openHub, securityFacts, smartConfiguration } = await import('@samband/hub')
      const smart = smartOptions(config.hub)
      const document = smart === undefined ? undefined : smartConfiguration(smart)
      const context = await openHub({
        db,
        tenant: config.tenant,
        node,
        baseUrl: () => this.url,
        references: config.hub.references,
        packages: await Promise.all(config.hub.packages.map(readPackageFile)),
        validation: config.hub.validation,
        limits: config.limits.hub,
        audit: fhirAudit(access.audit, patientIndex),
        log,
      })
      const bearer = createAuthenticate({
        issuers: config.hub.issuers,
        context,
        verify: async token => {
          const principal = await access.bearer(token)
          return principal === undefined ? undefined : fhirCaller(principal)
        },
      })
      this.#context = context
      this.#opened.resolve(context)
      return {
        context,
        authenticate: fhirAuthentication(bearer, access),
        ...(smart === undefined || document === undefined
          ? {}
          : { smartConfiguration: () => document, security: securityFacts(smart) }),
      }
    } catch (thrown) {
      this.#opened.reject(thrown)
      throw thrown
    }
  }

  async close(): Promise<void> {
    await this.#context?.close()
  }
}

/** What applications are told of the authorisation server, which is the first of the issuers. */
function smartOptions({ smart, issuers: [first] }: Deployment['hub']): SmartConfigurationOptions | undefined {
  if (smart === undefined) return undefined
  const { tokenEndpoint, authorizationEndpoint, grantTypes, capabilities } = smart
  return {
    tokenEndpoint,
    grantTypes,
    capabilities,
    ...(authorizationEndpoint === undefined ? {} : { authorizationEndpoint }),
    ...(first === undefined ? {} : { issuer: first.issuer, jwksUri: first.jwksUri }),
  }
}
