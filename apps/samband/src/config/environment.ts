import { nearest } from '@samband/errors'
import type { SchemaIssue } from '@samband/operations'
import type { z } from 'zod'
import { withValue } from './setting-path.ts'

/** One key of the configuration, as the documentation lists it. */
export type ConfigKey = {
  /** 'http.port' */
  readonly path: string
  readonly env: string | undefined
  readonly description: string
  /** As JSON; undefined when it has none. */
  readonly default: string | undefined
  /** 'number', 'string', 'boolean', 'list' ... */
  readonly type: string
  readonly secret: boolean
}

type Metadata = { readonly env?: unknown; readonly description?: unknown; readonly secret?: unknown }

type Definition = {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly defaultValue?: unknown
}

/** Every key of the schema, those in nested objects too, in the order of the schema. */
export function configKeys(schema: z.ZodType, prefix = ''): ConfigKey[] {
  // zod keeps an object's shape in `def`; the root of the configuration is an object.
  const { shape = {} } = schema.def as Definition
  return Object.entries(shape).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const { inner, defaultValue } = unwrapped(field)
    if ((inner.def as Definition).shape !== undefined) return configKeys(inner, path)
    // What `.meta()` was given in the schema; zod types its registry openly.
    const metadata = { ...inner.meta(), ...field.meta() } as Metadata
    return [
      {
        path,
        env: typeof metadata.env === 'string' ? metadata.env : undefined,
        description: typeof metadata.description === 'string' ? metadata.description : '',
        default: defaultValue === undefined ? undefined : JSON.stringify(defaultValue),
        type: typeName(inner),
        secret: metadata.secret === true,
      },
    ]
  })
}

function unwrapped(field: z.ZodType): { inner: z.ZodType; defaultValue: unknown } {
  let inner = field
  let defaultValue: unknown
  for (;;) {
    const definition = inner.def as Definition
    if (definition.type === 'default') defaultValue = definition.defaultValue
    if (definition.innerType === undefined) return { inner, defaultValue }
    inner = definition.innerType
  }
}

function typeName(field: z.ZodType): string {
  const { type } = field.def as Definition
  if (type === 'enum') return 'word'
  if (type === 'array' || type === 'union') return 'list'
  if (type === 'record') return 'object'
  return type === 'int' ? 'number' : type
}

/** Variables that are read elsewhere than by the schema. */
export const otherVariables: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'SAMBAND_CONFIG', text: 'The configuration file, where --config is not given.' },
  {
    name: 'SAMBAND_ENVIRONMENT',
    text: "Which of the configuration's environments holds, where --environment is not given.",
  },
  { name: 'SAMBAND_MASTER_KEY', text: 'The master key itself (base64 of 32 bytes), instead of a key file.' },
  { name: 'SAMBAND_POSTGRES_USER', text: 'Whom the embedded PostgreSQL runs as when Samband is started by root.' },
  { name: 'SAMBAND_DEBUG', text: '1: commands that fail also show where in the program.' },
  { name: 'SAMBAND_URL', text: 'The server that commands talk to; without it, the one on this machine.' },
  { name: 'SAMBAND_TOKEN', text: 'The token that commands show it.' },
]

/** Read by the tests, the benchmarks, the console's development server and the hospital example. */
const ofOthers = /^SAMBAND_(TEST|BENCH|CONSOLE|HOSPITAL)_/

export type EnvironmentResult = {
  readonly input: Readonly<Record<string, unknown>>
  readonly issues: SchemaIssue[]
  readonly unknown: string[]
  /** Which variable set a key: 'http.port' by SAMBAND_HTTP_PORT. */
  readonly set: ReadonlyMap<string, string>
}

/** The file's configuration with the environment's values on top; an empty variable counts as not set. */
export function withEnvironment(
  file: Readonly<Record<string, unknown>>,
  keys: readonly ConfigKey[],
  env: Readonly<Record<string, string | undefined>>,
): EnvironmentResult {
  const issues: SchemaIssue[] = []
  const set = new Map<string, string>()
  let input: Readonly<Record<string, unknown>> = file
  for (const key of keys) {
    const text = key.env === undefined ? undefined : env[key.env]
    if (text === undefined || text === '' || key.env === undefined) continue
    const value = parseValue(text, key.type)
    if (value === undefined) {
      issues.push({ code: 'environment-invalid', path: key.env, text: `must be a ${key.type}` })
      continue
    }
    input = withValue(input, key.path.split('.'), value)
    set.set(key.path, key.env)
  }
  return { input, issues, unknown: unknownVariables(keys, env), set }
}

/** 'SAMBAND_HTP_PORT is not a setting, did you mean SAMBAND_HTTP_PORT?' for each that looks like ours and is not. */
function unknownVariables(keys: readonly ConfigKey[], env: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...keys.flatMap(({ env: name }) => name ?? []), ...otherVariables.map(({ name }) => name)]
  return Object.keys(env)
    .filter(name => name.startsWith('SAMBAND_') && !known.includes(name) && !ofOthers.test(name))
    .map(name => {
      const near = nearest(name, known)
      return `${name} is not a setting${near === undefined ? '' : `, did you mean ${near}?`}`
    })
}

function parseValue(text: string, type: string): unknown {
  if (type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
  if (type === 'boolean') return { true: true, '1': true, false: false, '0': false }[text]
  if (type === 'list') return text.split(',').map(part => part.trim())
  return text
}
