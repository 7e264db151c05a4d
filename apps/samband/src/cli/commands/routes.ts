import type { RouteGraph, RouteStatus } from '@samband/operations/contract'
import { type Command, type CommonOptions, Option, serverAction, withConnection, withExamples } from '../command-kit.ts'
import { type Column, jsonRow, rows } from '../output.ts'
import { asciiGraph, dotGraph, mermaidGraph } from '../route-drawing.ts'

export function addRoutes(program: Command): void {
  const routes = program.command('routes').summary('the routes, and each as a drawing')
  addList(routes)
  addGraph(routes)
}

function addList(routes: Command): void {
  const command = withConnection(
    routes
      .command('list')
      .summary('routes that run')
      .description('Lists the routes with version, source and destinations.'),
  )
  serverAction<CommonOptions>(command, async (client, _options, output) => {
    await rows(output, await client.routes(), routeColumns, 'No routes.')
  })
  withExamples(command, [{ line: 'samband routes list', text: 'What runs, and who answers for it' }])
}

const routeColumns: readonly Column<RouteStatus>[] = [
  { title: 'Route', value: ({ name }) => name },
  { title: 'Revision', value: ({ revision }) => revision },
  { title: 'State', value: ({ state }) => state, style: ({ state }) => (state === 'running' ? 'green' : 'red') },
  { title: 'From', value: ({ source }) => `${source.endpoint} ${source.address}` },
  { title: 'To', value: ({ destinations }) => destinations.map(({ name }) => name).join(' ') },
  { title: 'Owner', value: ({ owner }) => owner },
  { title: 'Purpose', value: ({ purpose }) => purpose },
]

type GraphOptions = CommonOptions & { readonly format: 'ascii' | 'mermaid' | 'dot' }

const drawings: Readonly<Record<GraphOptions['format'], (graphs: readonly RouteGraph[]) => string>> = {
  ascii: asciiGraph,
  mermaid: mermaidGraph,
  dot: dotGraph,
}

function addGraph(routes: Command): void {
  const command = withConnection(
    routes
      .command('graph')
      .summary('routes drawn: source, steps, destinations')
      .description('Draws routes from their own descriptions: what runs is what is drawn.')
      .argument('[names...]', 'routes; all unless given')
      .addOption(new Option('--format <format>', 'how').choices(['ascii', 'mermaid', 'dot']).default('ascii')),
  )
  serverAction<GraphOptions>(command, async (client, { format }, output, names) => {
    const wanted = names.length > 0 ? names : (await client.routes()).map(({ name }) => name)
    const graphs = await Promise.all(wanted.map(name => client.routeGraph(name)))
    if (!output.json) return await output.write(`${drawings[format](graphs)}\n`)
    for (const graph of graphs) await jsonRow(output, graph)
  })
  withExamples(command, [
    { line: 'samband routes graph', text: 'In the terminal' },
    { line: 'samband routes graph ehr-events --format mermaid', text: 'For a Markdown page' },
    { line: 'samband routes graph --format dot | dot -Tsvg > routes.svg', text: 'As a picture, with Graphviz' },
  ])
}
