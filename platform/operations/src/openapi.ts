import { z } from 'zod'
import { errorBody } from './answers.ts'
import type { Endpoint } from './endpoint.ts'

type Json = Readonly<Record<string, unknown>>

/** The API as OpenAPI 3.1, from the same table and schemas that the server answers with. */
export function openApiDescription(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const endpoint of endpoints) {
    const path = `/api/v1${endpoint.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) }
  }
  paths['/api/v1/events'] = {
    get: {
      summary: 'Server-sent events: the status, about once a second',
      'x-permission': 'status:read',
      responses: { 200: { description: 'A stream of `status` events', content: { 'text/event-stream': {} } } },
    },
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Samband operations API',
      version,
      description:
        'Times are ISO 8601 in UTC, ids safe integers, lists paged by cursor. Patient identifiers travel in request bodies only, never in a URL.',
    },
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'samband' },
      },
    },
    paths,
  }
}

function operation(endpoint: Endpoint): Json {
  const requiresNobody = endpoint.requires === 'anyone'
  return {
    summary: endpoint.summary,
    'x-permission': endpoint.requires,
    ...(requiresNobody ? { security: [] } : {}),
    parameters: [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(endpoint.body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: schemaOf(endpoint.body, 'input') } } } }),
    responses: {
      ...(endpoint.answer === null
        ? { 204: { description: 'Done' } }
        : {
            200: {
              description: 'The answer',
              content: { 'application/json': { schema: schemaOf(endpoint.answer, 'output') } },
            },
          }),
      default: {
        description: 'Every error',
        content: { 'application/json': { schema: schemaOf(errorBody, 'output') } },
      },
    },
  }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return json
}
