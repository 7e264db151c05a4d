import type { RouteGraph } from '@samband/operations/contract'

type Node = RouteGraph['nodes'][number]

/** The spine downwards, destinations as branches to the right. */
export function asciiGraph(graphs: readonly RouteGraph[]): string {
  return graphs.map(oneAscii).join('\n\n')
}

function oneAscii({ name, version, owner, nodes }: RouteGraph): string {
  const spine = nodes.filter(({ kind }) => kind !== 'destination')
  const lastSpine = spine.at(-1)
  const lines = nodes.map((node, at) => {
    const label = text(node)
    if (node.kind !== 'destination') return `${node === spine[0] ? '┌' : '├'}─ ${label}`
    const last = nodes.slice(at + 1).length === 0
    return `${last && lastSpine !== undefined ? '└' : '├'}──▶ ${label}`
  })
  return [`${name} ${version}  (${owner})`, ...lines].join('\n')
}

function text({ kind, label, detail }: Node): string {
  const what = kind === 'destination' ? label : `${kind} ${label}`
  return detail === null ? what : `${what}  (${detail})`
}

/** A Mermaid flowchart (mermaid.js.org), for Markdown pages. */
export function mermaidGraph(graphs: readonly RouteGraph[]): string {
  const parts = graphs.map(({ name, nodes, edges }, index) => {
    const id = (node: string): string => `r${index}_${node.replaceAll(/[^A-Za-z0-9]/g, '_')}`
    const boxes = nodes.map(node => `    ${id(node.id)}${shape(node)}`)
    const arrows = edges.map(({ from, to }) => `    ${id(from)} --> ${id(to)}`)
    return [`  subgraph ${id('route')}["${quoted(name)}"]`, ...boxes, ...arrows, '  end'].join('\n')
  })
  return ['flowchart LR', ...parts].join('\n')
}

function shape({ kind, label, detail }: Node): string {
  const inside = `"${quoted(label)}${detail === null ? '' : `<br/><small>${quoted(detail)}</small>`}"`
  if (kind === 'source') return `([${inside}])`
  if (kind === 'destination') return `[/${inside}/]`
  return kind === 'filter' ? `{{${inside}}}` : `[${inside}]`
}

function quoted(label: string): string {
  return label.replaceAll('"', '#quot;')
}

/** Graphviz (graphviz.org/doc/info/lang.html). */
export function dotGraph(graphs: readonly RouteGraph[]): string {
  const parts = graphs.map(({ name, nodes, edges }) => {
    const id = (node: string): string => JSON.stringify(`${name}/${node}`)
    const boxes = nodes.map(({ id: node, kind, label, detail }) => {
      const caption = JSON.stringify(detail === null ? label : `${label}\n${detail}`)
      const form = kind === 'source' ? 'cds' : kind === 'destination' ? 'box3d' : kind === 'filter' ? 'diamond' : 'box'
      return `    ${id(node)} [label=${caption}, shape=${form}]`
    })
    const arrows = edges.map(({ from, to }) => `    ${id(from)} -> ${id(to)}`)
    const head = [`  subgraph ${JSON.stringify(`cluster_${name}`)} {`, `    label=${JSON.stringify(name)}`]
    return [...head, ...boxes, ...arrows, '  }'].join('\n')
  })
  return ['digraph samband {', '  rankdir=LR', '  node [fontname="sans-serif"]', ...parts, '}'].join('\n')
}
