import { routeGraph as graphAnswer, routeStatuses, systemStatus } from '../answers.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { routeGraph } from '../route-graph.ts'
import { routePath } from '../schemas.ts'

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
