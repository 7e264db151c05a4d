import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest, root, workspaces } from './workspace.ts'

/**
 * Direct dependencies of any workspace without a row in the tables of DEPENDENCIES.md, and rows for what is no longer
 * used. A row begins with the package's name in code quotes: "| `pg` | ...".
 */
export function dependencyDocProblems(projectRoot: string = root): string[] {
  const described = describedPackages(readFileSync(join(projectRoot, 'DEPENDENCIES.md'), 'utf8'))
  const used = usedPackages(projectRoot)
  return [
    ...[...used.keys()]
      .filter(name => !described.has(name))
      .map(name => `${name}, used by ${used.get(name)}, has no row in DEPENDENCIES.md`),
    ...[...described].filter(name => !used.has(name)).map(name => `${name} has a row in DEPENDENCIES.md and no user`),
  ]
}

/** Several packages may share a row: "| `react`, `react-dom` | ...". */
function describedPackages(markdown: string): Set<string> {
  const rows = markdown.split('\n').filter(line => line.startsWith('| `'))
  return new Set(
    rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '')),
  )
}

function usedPackages(projectRoot: string): Map<string, string> {
  const all = workspaces(projectRoot)
  const ours = new Set(all.map(({ manifest }) => manifest.name))
  const used = new Map<string, string>()
  for (const { folder, manifest } of [{ folder: 'the root', manifest: readManifest(projectRoot) }, ...all]) {
    const kinds = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    for (const name of kinds.flatMap(kind => Object.keys(kind ?? {}))) {
      if (!ours.has(name) && !used.has(name)) used.set(name, folder)
    }
  }
  return used
}
