import { defaultLimits } from '@samband/engine'
import { hubLimitsDefault } from '@samband/hub/limits'
import { smartCapabilities } from '@samband/hub/smart'
import { defaultOperationsLimits } from '@samband/operations'
import { z } from 'zod'
import type { CapabilitiesSource, LimitsConfig, LimitsInput, ParsedConfig } from './config-types.ts'
import { isSecretProvider, type SecretProvider } from './secrets/secret-provider.ts'

/**
 * The deployment's configuration: one schema gives type, defaults, documentation, environment variables and error
 * texts. A key with `env` in its metadata can be set by that variable, which wins over the file.
 */

const port = z.int().min(0).max(65_535)
const path = z.string().min(1)
/** Of one machine; a tenant has 32 at most. */
const processesMax = 16
const peerAddress = z.string().regex(/^tls:\/\/.+:\d{1,5}$/, "must be an address, as 'tls://10.0.0.5:7610'")

const http = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({ env: 'SAMBAND_HTTP_HOST', description: 'Address of console and API; 0.0.0.0 for every network card.' }),
  port: port
    .default(7600)
    .meta({ env: 'SAMBAND_HTTP_PORT', description: 'Port of console and API; 0 takes a free one.' }),
  tls: z
    .strictObject({
      certFile: path.meta({ env: 'SAMBAND_HTTP_TLS_CERT', description: 'Certificate chain (PEM).' }),
      keyFile: path.meta({ env: 'SAMBAND_HTTP_TLS_KEY', description: 'Private key (PEM) of that certificate.' }),
    })
    .optional(),
  behindTlsProxy: z.boolean().default(false).meta({
    env: 'SAMBAND_HTTP_BEHIND_TLS_PROXY',
    description:
      'A reverse proxy in front speaks TLS: its X-Forwarded headers are believed and cookies are marked Secure.',
  }),
})

const webAddress = z.url({ protocol: /^https?$/, error: "must be an address, as 'https://fhir.example.org/fhir'" })

const remark = z.enum(['ignore', 'information', 'warning', 'error'])

const validation = z.strictObject({
  unknownProfiles: z
    .enum(['warning', 'error'])
    .default('warning')
    .meta({ description: 'A profile that a resource claims and this server does not know; an error refuses it.' }),
  unknownExtensions: remark
    .default('ignore')
    .meta({ description: 'An extension whose definition this server does not know.' }),
  unknownModifierExtensions: remark
    .default('warning')
    .meta({ description: 'The same of an extension that changes what the rest means.' }),
  bestPractice: remark
    .default('ignore')
    .meta({ description: 'Rules that are only advice, as that a resource should have a narrative.' }),
})

const smart = z.strictObject({
  tokenEndpoint: webAddress.meta({ description: 'Where applications get tokens.' }),
  authorizationEndpoint: webAddress
    .optional()
    .meta({ description: 'Where users sign in; needed to launch applications.' }),
  grantTypes: z
    .array(z.enum(['authorization_code', 'client_credentials']))
    .min(1)
    .default(['client_credentials'])
    .meta({ description: 'What the token endpoint takes.' }),
  capabilities: z.array(z.enum(smartCapabilities)).default([]).meta({
    description: "What the authorisation server can do, in SMART's words: ['launch-standalone', 'client-public'].",
  }),
})

const hub = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .meta({ env: 'SAMBAND_HUB', description: 'The FHIR server at /fhir, and the destination `fhir` of routes.' }),
  baseUrl: webAddress.optional().meta({
    env: 'SAMBAND_HUB_BASE_URL',
    description:
      "What clients call it, where that is not the server's own address: 'https://fhir.example.org/fhir'. It stands in links and locations.",
  }),
  issuers: z
    .array(
      z.strictObject({
        issuer: z
          .string()
          .min(1)
          .meta({ description: "The issuer's name as tokens have it (`iss`), letter by letter." }),
        audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).meta({
          description: 'What tokens for this server name (`aud`), mostly its base URL; one of several is enough.',
        }),
        jwksUri: webAddress.meta({ description: "Where the issuer's public keys are." }),
      }),
    )
    .default([])
    .meta({ description: 'Who may issue tokens (SMART on FHIR scopes) beside the platform itself.' }),
  smart: smart.optional().meta({
    description:
      'What applications are told at .well-known/smart-configuration; the first of the issuers is named there.',
  }),
  references: z
    .enum(['refuse', 'accept'])
    .default('accept')
    .meta({ description: 'A reference to a resource of this server that is not there.' }),
  packages: z.array(path).default([]).meta({
    description:
      "Implementation guides (.tgz) whose profiles and search parameters hold here, relative to the configuration: ['guides/us-core.tgz'].",
  }),
  validation: validation.prefault({}),
})

const database = z.strictObject({
  url: z.string().min(1).optional().meta({
    env: 'SAMBAND_DATABASE_URL',
    secret: true,
    description:
      'A PostgreSQL (15 or newer) of your own: postgres://user:password@host:5432/database. Without it an embedded one is started, with its data in the data folder.',
  }),
  connectionsMax: z
    .int()
    .min(2)
    .max(500)
    .default(10)
    .meta({ env: 'SAMBAND_DATABASE_CONNECTIONS', description: 'Connections of the pool; a few more are dedicated.' }),
  port: port.default(0).meta({
    env: 'SAMBAND_EMBEDDED_PORT',
    description: 'Port of the embedded PostgreSQL; 0 takes a free one.',
  }),
  settings: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: "Server settings of the embedded PostgreSQL, as { shared_buffers: '1GB' }." }),
})

const days = z.int().min(1).max(36_500)

const retention = z.strictObject({
  days: z.int().min(1).max(36_500).default(90).meta({
    env: 'SAMBAND_RETENTION_DAYS',
    description: 'Messages older than this are dropped a day at a time, once all of that day are settled.',
  }),
  bodyDays: days.optional().meta({
    env: 'SAMBAND_RETENTION_BODY_DAYS',
    description:
      'Contents (what came in, went out and was answered) may go earlier than the rest; the default is `days`.',
  }),
  classes: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.strictObject({ days, bodyDays: days.optional() }))
    .default({})
    .meta({ description: "Other times for routes that name a class: route('x', { retention: 'short', ... })." }),
  auditDays: z.int().min(30).max(36_500).default(3_650).meta({
    env: 'SAMBAND_RETENTION_AUDIT_DAYS',
    description: 'Lines of the audit log older than this are removed, which is itself a line in it.',
  }),
  everyMinutes: z
    .int()
    .min(1)
    .max(1_440)
    .default(60)
    .meta({ env: 'SAMBAND_RETENTION_EVERY', description: 'How often that is looked at.' }),
})

const security = z.strictObject({
  sessionHours: z
    .number()
    .min(0.1)
    .max(744)
    .default(12)
    .meta({ env: 'SAMBAND_SESSION_HOURS', description: 'A login ends after so long, whatever happens.' }),
  sessionIdleMinutes: z
    .number()
    .min(1)
    .max(1_440)
    .default(60)
    .meta({ env: 'SAMBAND_SESSION_IDLE', description: 'A login that is not used ends after so long.' }),
})

const log = z.strictObject({
  level: z
    .enum(['info', 'warn', 'error'])
    .default('info')
    .meta({ env: 'SAMBAND_LOG_LEVEL', description: 'What goes to the log file: this and what is worse.' }),
  fileBytesMax: z
    .int()
    .min(10_000)
    .default(50 * 1024 * 1024)
    .meta({ description: 'A log file larger than this is put aside and a new one begun.' }),
  filesMax: z.int().min(1).max(100).default(5).meta({ description: 'Log files kept, the current one included.' }),
})

const limits: z.ZodType<LimitsConfig, LimitsInput> = z.strictObject({
  engine: limitsOf(defaultLimits).prefault({}),
  hub: limitsOf(hubLimitsDefault).prefault({}),
  operations: limitsOf(defaultOperationsLimits).prefault({}),
})

/** One optional number per limit; what is left out keeps its default. */
function limitsOf<L extends Readonly<Record<keyof L, number>>>(defaults: L): z.ZodType<Partial<L>, Partial<L>> {
  const shape = Object.fromEntries(
    Object.entries<number>(defaults).map(([name, value]) => [
      name,
      z
        .number()
        .min(0)
        .exactOptional()
        .meta({ description: `Default ${value.toLocaleString('en')}.` }),
    ]),
  )
  // The shape was made from the very keys of the defaults.
  return z.strictObject(shape) as unknown as z.ZodType<Partial<L>, Partial<L>>
}

const companion = z.strictObject({ file: path, args: z.array(z.string()).default([]) })

function isCapabilities(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

const endpoint = z
  .looseObject({
    connector: z
      .string()
      .min(1)
      .meta({ description: "Which connector speaks there: 'mllp', 'http', 'file', 'timer', 'fhir'." }),
    system: z.string().min(1).exactOptional().meta({ description: 'Which system stands there, as people call it.' }),
    exclusive: z.boolean().exactOptional().meta({
      description: 'The system takes messages from one process only: routes that deliver there run whole in one.',
    }),
  })
  .meta({ description: "One place where messages come from or go to; the rest are the connector's own settings." })

/** What it checks are the settings of one environment, with secrets as text: see `examineConfig`. */
export const configSchema: z.ZodType<ParsedConfig> = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .default('Samband')
    .meta({ env: 'SAMBAND_NAME', description: 'What people call this installation.' }),
  tenant: z
    .int()
    .min(1)
    .max(32_767)
    .default(1)
    .meta({ env: 'SAMBAND_TENANT', description: 'Isolates hospitals that share one database.' }),
  processes: z
    .int()
    .min(1)
    .max(processesMax)
    .default(1)
    .meta({ env: 'SAMBAND_PROCESSES', description: 'Engine processes on this machine that share the work.' }),
  peers: z
    .strictObject({
      listen: peerAddress.meta({
        env: 'SAMBAND_PEERS_LISTEN',
        description:
          "Where processes of other machines reach this one: 'tls://0.0.0.0:7610'. The second process of a machine takes the next port, and so on.",
      }),
      advertise: peerAddress.optional().meta({
        env: 'SAMBAND_PEERS_ADVERTISE',
        description: "What they are told instead, where `listen` is none to call: 'tls://10.0.0.5:7610'.",
      }),
    })
    .optional(),
  data: path.optional().meta({
    env: 'SAMBAND_DATA',
    description: 'Folder for everything that must outlive the process; .samband beside the configuration unless set.',
  }),
  masterKeyFile: path.optional().meta({
    env: 'SAMBAND_MASTER_KEY_FILE',
    description:
      'The key that everything at rest hangs on; master.key in the data folder unless set. Back it up apart.',
  }),
  http: http.prefault({}),
  hub: hub.prefault({}),
  database: database.prefault({}),
  routes: z
    .union([path.transform(one => [one]), z.array(path).min(1)])
    .default(['./routes'])
    .meta({ description: 'Folders with route modules, relative to the configuration.' }),
  endpoints: z
    .record(z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must be kebab-case, as 'lis-in'"), endpoint)
    .default({})
    .meta({ description: 'The places that routes name, with what differs between test and production.' }),
  capabilities: z
    .custom<CapabilitiesSource>(isCapabilities, { error: 'must be an object, or a function that makes one' })
    .optional()
    .meta({ description: 'What `.call(...)` steps may use, by name; or a function that makes it at start.' }),
  companions: z
    .array(z.union([path.transform(file => ({ file, args: [] })), companion]))
    .default([])
    .meta({ description: 'Programs that are started and stopped with the server: the simulators of an example.' }),
  retention: retention.prefault({}),
  security: security.prefault({}),
  log: log.prefault({}),
  secrets: z
    .record(
      z
        .string()
        .regex(/^[a-z][A-Za-z0-9-]*$/, "must be a name, as 'vault'")
        .refine(name => name !== 'env' && name !== 'file', 'env and file are there already'),
      z.custom<SecretProvider>(isSecretProvider, { error: 'must be a provider: { description, read }' }),
    )
    .default({})
    .meta({
      description: 'Where secrets are kept beside the environment and files: { vault: hashicorpVault({ ... }) }.',
    }),
  environments: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'What differs in dev, test and prod; SAMBAND_ENVIRONMENT or --environment chooses one.' }),
  limits: limits.prefault({}),
})
