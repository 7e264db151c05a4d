import type { ExplainedStatement, PlanNode } from './explained-client.ts'

export type PlanLimits = {
  /** Reading all of a table that has more rows than this is a mistake. */
  readonly largeRows: number
  /** Rows that one statement may look at: what a page needs, with room for conditions that are seldom met. */
  readonly readRowsMax: number
  readonly executionMsMax: number
  /** Between estimated and actual rows of the scan that all others follow, where it has more than `largeRows / 10`. */
  readonly estimateFactorMax: number
}

export type JudgedPlan = { readonly problems: readonly string[]; readonly readRows: number; readonly nodes: string }

/** What is wrong with a statement's plan. `tableRows` by name of the table. */
export function judgePlan(
  { root, executionMs, planned }: ExplainedStatement,
  tableRows: ReadonlyMap<string, number>,
  limits: PlanLimits,
): JudgedPlan {
  const scans = [...scansOf(root)]
  const readRows = scans.reduce((sum, scan) => sum + rowsRead(scan), 0)
  const problems = scans.flatMap(scan => {
    const relation = scan['Relation Name'] ?? ''
    const large = (tableRows.get(relation) ?? 0) > limits.largeRows
    return large && scan['Node Type'].endsWith('Seq Scan') ? [`reads all of ${relation}`] : []
  })
  const [driver, ...others] = scans
  // A plan for any values cannot know, and a scan alone can only be the wrong one: both are judged by what they read.
  const judged = others.length > 0 && planned === 'with values'
  if (driver !== undefined && judged && isMisestimated(driver, limits)) {
    problems.push(`expects ${driver['Plan Rows']} rows of ${nameOf(driver)} and gets ${driver['Actual Rows']}`)
  }
  if (readRows > limits.readRowsMax) problems.push(`looks at ${readRows} rows`)
  if (executionMs > limits.executionMsMax) problems.push(`takes ${executionMs.toFixed(0)} ms`)
  return {
    problems: problems.map(text => `${text} (planned ${planned})`),
    readRows,
    nodes: scans.map(nameOf).join(' > '),
  }
}

/** In the order in which they begin. */
function* scansOf(node: PlanNode): Generator<PlanNode> {
  if (node['Relation Name'] !== undefined || node['Index Name'] !== undefined) yield node
  for (const child of node.Plans ?? []) yield* scansOf(child)
}

function rowsRead(scan: PlanNode): number {
  const removed = (scan['Rows Removed by Filter'] ?? 0) + (scan['Rows Removed by Index Recheck'] ?? 0)
  return Math.round((scan['Actual Rows'] + removed) * scan['Actual Loops'])
}

/** Fewer than expected are no mistake: a page that is full ends a scan. */
function isMisestimated(scan: PlanNode, { largeRows, estimateFactorMax }: PlanLimits): boolean {
  return (
    scan['Actual Rows'] > largeRows / 10 && scan['Actual Rows'] / Math.max(1, scan['Plan Rows']) > estimateFactorMax
  )
}

function nameOf(scan: PlanNode): string {
  return `${scan['Node Type']} ${scan['Index Name'] ?? scan['Relation Name'] ?? ''}`
}
