import type { StructureNode } from './definition.ts'

/** A structure's nodes in the dictionary's text form: `MSH SFT* PATIENT_RESULT+(PATIENT?(PID PD1?) ...)`. */
export function formatNodes(nodes: readonly StructureNode[]): string {
  return nodes.map(formatNode).join(' ')
}

function formatNode(node: StructureNode): string {
  const times = formatCardinality(node.min, node.max)
  if (node.kind === 'segment') return node.id + times
  if (node.kind === 'any') return `#${times}`
  const inner = formatNodes(node.nodes)
  return node.name + times + (node.kind === 'choice' ? `<${inner}>` : `(${inner})`)
}

function formatCardinality(min: number, max: number): string {
  if (min === 1 && max === 1) return ''
  if (min === 0 && max === 1) return '?'
  if (max === Infinity && min <= 1) return min === 0 ? '*' : '+'
  return `{${min},${max === Infinity ? '' : max}}`
}

const TOKEN = /([A-Za-z0-9_]+|#)([?*+]|\{\d+,\d*\})?([(<])?|[)>]/g

/** Reads what `formatNodes` writes. */
export function parseNodes(text: string): readonly StructureNode[] {
  const top: StructureNode[] = []
  const open: StructureNode[][] = [top]
  let read = text.length - text.replaceAll(' ', '').length
  for (const [token, name, times, bracket] of text.matchAll(TOKEN)) {
    read += token.length
    if (token === ')' || token === '>') {
      open.pop()
      continue
    }
    const target = open.at(-1)
    if (name === undefined || target === undefined) throw new Error(`a structure's text is broken at ${token}`)
    const cardinality = parseCardinality(times)
    if (bracket !== undefined) {
      const nodes: StructureNode[] = []
      target.push({ kind: bracket === '<' ? 'choice' : 'group', name, ...cardinality, nodes })
      open.push(nodes)
    } else if (name === '#') target.push({ kind: 'any', ...cardinality })
    else target.push({ kind: 'segment', id: name, ...cardinality })
  }
  if (open.length !== 1) throw new Error("a structure's brackets do not match")
  if (read !== text.length) throw new Error('a structure holds what is neither a name, a number of times nor a bracket')
  return top
}

function parseCardinality(times: string | undefined): { readonly min: number; readonly max: number } {
  switch (times) {
    case undefined:
      return { min: 1, max: 1 }
    case '?':
      return { min: 0, max: 1 }
    case '*':
      return { min: 0, max: Infinity }
    case '+':
      return { min: 1, max: Infinity }
    default: {
      const [min, max] = times.slice(1, -1).split(',')
      return { min: Number(min), max: max === '' ? Infinity : Number(max) }
    }
  }
}
