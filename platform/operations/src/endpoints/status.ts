import { routeGraph as graphAnswer, routeStatuses, systemStatus } from '../answers.ts'
import type { EngineProcess } from '@samband/engine'
import { z } from 'zod'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { routeGraph } from '../route-graph.ts'
import { routePath } from '../schemas.ts'

const count = z.int().nonnegative()
const processList: z.ZodType<readonly EngineProcess[]> = z.array(
  z
    .strictObject({
      node: count.meta({ description: 'Unique among those that live; part of the ids that it gives.' }),
      epoch: count.meta({ description: 'Another one after each start.' }),
      address: z.string().nullable().meta({ description: 'Where the others reach it; null when it runs alone.' }),
      self: z.boolean().meta({ description: 'The one that answers.' }),
      lanesOwned: count.meta({ description: 'Of 64: its share of the work.' }),
      startedAt: z.iso.datetime(),
    })
    .meta({ id: 'Process' }),
)

export const statusEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/status',
    summary: 'Everything that runs, with rates, queues and troubles',
    requires: 'status:read',
    answer: systemStatus,
    handle: async ({ context }) => await context.status(),
  }),
  endpoint({
    method: 'GET',
    path: '/processes',
    summary: 'The engine processes that share the work, the eldest first',
    requires: 'status:read',
    answer: processList,
    handle: async ({ context }) => await context.engine.processes(),
  }),
  endpoint({
    method: 'GET',
    path: '/routes',
    summary: 'The routes with their state',
    requires: 'status:read',
    answer: routeStatuses,
    handle: async ({ context }) => context.engine.routes(),
  }),
  endpoint({
    method: 'GET',
    path: '/routes/:name',
    summary: 'One route as a graph: source, steps, destinations',
    requires: 'status:read',
    params: routePath,
    answer: graphAnswer,
    async handle({ context, params }) {
      const running = context.engine.description(params.name)
      if (running === undefined) throw notFound('route')
      return routeGraph(running.description)
    },
  }),
]
