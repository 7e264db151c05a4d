import type { StructureNode } from '../dictionary/definition.ts'
import type { ElementRule, Profile, Usage } from './profile.ts'

/**
 * A structure with a profile's rules for its segments and groups: what is required must be there once, what is not to be sent
 * keeps its place, so that it is recognised and named.
 */
export function profiledNodes(nodes: readonly StructureNode[], profile: Profile): readonly StructureNode[] {
  return withRules(nodes, '', profile)
}

function withRules(nodes: readonly StructureNode[], group: string, profile: Profile): readonly StructureNode[] {
  return nodes.map(node => {
    if (node.kind === 'any') return node
    const name = node.kind === 'segment' ? node.id : node.name
    const path = group === '' ? name : `${group}.${name}`
    const rule = { ...profile.rules.get(name), ...profile.rules.get(path) }
    const cardinality = cardinalityOf(node, rule)
    if (node.kind === 'segment') return { ...node, ...cardinality }
    return { ...node, ...cardinality, nodes: withRules(node.nodes, path, profile) }
  })
}

function cardinalityOf(node: StructureNode, rule: ElementRule): { readonly min: number; readonly max: number } {
  const usage = plainUsage(rule)
  const max = rule.max ?? node.max
  if (usage === undefined) return { min: rule.min ?? node.min, max }
  if (usage === 'R') return { min: Math.max(1, rule.min ?? node.min), max }
  return { min: 0, max: usage === 'X' ? node.max : max }
}

/** A segment's or group's usage; conditional ones are for elements. */
export function plainUsage(rule: ElementRule): Usage | undefined {
  return typeof rule.usage === 'string' ? rule.usage : undefined
}
