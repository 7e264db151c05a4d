import { endpointSchemas } from '@samband/connectors'
import { configKeys, configSchema, otherVariables } from 'samband'
import { z } from 'zod'

export interface Setting {
  readonly name: string
  readonly type: string
  /** As it would be written; undefined when it has none. */
  readonly default: string | undefined
  readonly required: boolean
  readonly description: string
  readonly env: string | undefined
}

export interface EndpointTable {
  readonly title: string
  readonly settings: readonly Setting[]
}

export interface ConfigurationFacts {
  readonly keys: readonly Setting[]
  readonly limits: readonly Setting[]
  readonly variables: ReadonlyArray<{ readonly name: string; readonly text: string }>
  readonly endpoints: readonly EndpointTable[]
}

declare const data: ConfigurationFacts
export { data }

function serverSettings(): Setting[] {
  return configKeys(configSchema).map(({ path, type, default: value, description, env }) => {
    return { name: path, type, default: value, required: false, description, env }
  })
}

interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

function endpointSettings(schema: z.ZodType): Setting[] {
  // What zod makes of its own schema is JSON Schema; durations are text that JSON Schema cannot describe further.
  return settingsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '')
}

function settingsOf({ properties = {}, required = [] }: JsonSchema, prefix: string): Setting[] {
  return Object.entries(properties).flatMap(([key, field]) => {
    const name = `${prefix}${key}`
    const own: Setting = {
      name,
      type: field.enum ? field.enum.map(value => JSON.stringify(value)).join(', ') : (field.type ?? 'text'),
      default: field.default === undefined ? undefined : JSON.stringify(field.default),
      required: required.includes(key) && field.default === undefined,
      description: field.description ?? '',
      env: undefined,
    }
    return field.properties ? [own, ...settingsOf(field, `${name}.`)] : [own]
  })
}

/** Loaded by VitePress when it builds docs/reference/configuration.md: the schemas that the server checks with. */
export default {
  load: (): ConfigurationFacts => {
    const all = serverSettings()
    return {
      keys: all.filter(({ name }) => !name.startsWith('limits.')),
      limits: all.filter(({ name }) => name.startsWith('limits.')),
      variables: otherVariables,
      endpoints: endpointSchemas.map(({ connector, role, schema }) => ({
        title: `${connector}, as a ${role}`,
        settings: endpointSettings(schema),
      })),
    }
  },
}
