import { type EndpointSchema, endpointSchemas } from '@samband/connectors'
import type { z } from 'zod'
import { configKeys } from '../environment.ts'
import { configSchema } from '../schema.ts'
import { isPlainObject, valueAt } from '../setting-path.ts'

/** Which settings are secret, by their schemas: `.meta({ secret: true })`. Paths are keys from the top of the configuration. */

type Path = readonly string[]

/** Places of secrets that a configuration fills. `connectorOf` tells who an endpoint belongs to, where it does not say itself. */
export function secretPlaces(
  config: Readonly<Record<string, unknown>>,
  connectorOf: (endpoint: string) => unknown = () => undefined,
  schemas: readonly EndpointSchema[] = endpointSchemas,
): readonly Path[] {
  const own = configKeys(configSchema)
    .filter(({ secret }) => secret)
    .map(({ path }) => path.split('.'))
    .filter(path => valueAt(config, path) !== undefined)
  const endpoints = isPlainObject(config['endpoints']) ? Object.entries(config['endpoints']) : []
  const theirs = endpoints.flatMap(([name, setting]) => {
    if (!isPlainObject(setting)) return []
    const connector = setting['connector'] ?? connectorOf(name)
    const paths = schemas.filter(one => one.connector === connector).flatMap(({ schema }) => placesIn(schema, setting))
    // Both roles of a connector mostly share their secret settings.
    const once = new Map(paths.map(path => [path.join('\u0000'), path]))
    return [...once.values()].map(path => ['endpoints', name, ...path])
  })
  return [...own, ...theirs]
}

type Definition = {
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly element?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

function placesIn(schema: z.ZodType, value: unknown): readonly Path[] {
  if (value === undefined || value === null) return []
  if (schema.meta()?.['secret'] === true) return [[]]
  // zod keeps what a schema is made of in `def`; which of these is there depends on the kind.
  const { shape, innerType, valueType, element, in: input, options } = schema.def as Definition
  const inner = innerType ?? input
  if (inner !== undefined) return placesIn(inner, value)
  if (options !== undefined) return options.flatMap(option => placesIn(option, value))
  if (element !== undefined && Array.isArray(value)) {
    return value.flatMap((one, at) => placesIn(element, one).map(path => [String(at), ...path]))
  }
  if (!isPlainObject(value)) return []
  return Object.entries(value).flatMap(([key, one]) => {
    const field = shape?.[key] ?? valueType
    return field === undefined ? [] : placesIn(field, one).map(path => [key, ...path])
  })
}
