import {
  appMayImport,
  type Floor,
  floorMayImport,
  isDevelopmentFile,
  isStandardsTool,
  isTestFile,
  platformMayImport,
  standardMayImport,
  testingPackage,
} from './arrow-rules.ts'
import { type ImportUse, importsOf } from './imports.ts'
import type { Manifest, Workspace } from './workspace.ts'

export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface ArrowProblem {
  readonly path: string
  readonly line: number
  readonly text: string
}

export interface Project {
  readonly rootManifest: Manifest
  readonly workspaces: readonly Workspace[]
}

interface Importer {
  readonly floor: Floor
  /** The name of its folder: `hl7v2` for standards/hl7v2. */
  readonly short: string
  readonly workspace: Workspace | undefined
  readonly test: boolean
  readonly development: boolean
}

/** Every import that breaks a rule of the house, in the order of the files; empty when all arrows point down. */
export function arrowProblems(project: Project, files: readonly SourceFile[]): ArrowProblem[] {
  const problems: ArrowProblem[] = []
  const graph = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    const importer = importerOf(project, path)
    if (!importer) continue
    const { imports, syntaxError } = importsOf(path, text)
    if (syntaxError !== undefined) problems.push({ path, line: 1, text: `cannot be parsed: ${syntaxError}` })
    for (const use of imports) {
      const why = problemOf(project, importer, path, use)
      if (why !== undefined) problems.push({ path, line: use.line, text: why })
      recordArrow(project, graph, importer, use)
    }
  }
  return [...problems, ...missingRules(project), ...cycles(graph)]
}

function importerOf(project: Project, path: string): Importer | undefined {
  const workspace = project.workspaces.find(({ folder }) => path.startsWith(`${folder}/`))
  const floor = floorOf(workspace?.folder ?? path)
  if (floor === undefined) return undefined
  const short = workspace?.folder.split('/').at(-1) ?? floor
  return { floor, short, workspace, test: isTestFile(path), development: isDevelopmentFile(path) }
}

function floorOf(folder: string): Floor | undefined {
  const first = folder.split('/')[0] ?? ''
  // The keys of a record over Floor are the floors.
  return Object.hasOwn(floorMayImport, first) ? (first as Floor) : undefined
}

function problemOf(project: Project, importer: Importer, path: string, use: ImportUse): string | undefined {
  const { specifier } = use
  if (specifier.startsWith('.')) return relativeProblem(importer, path, specifier)
  if (specifier.startsWith('node:')) {
    if (importer.floor !== 'standards' || importer.test || importer.development) return undefined
    return `standards/ is pure and imports no ${specifier}; take bytes, values, times and ids as arguments`
  }
  const name = packageName(specifier)
  const target = project.workspaces.find(({ manifest }) => manifest.name === name)
  if (target) {
    return (
      arrowProblem(importer, target) ??
      deepImportProblem(target, specifier) ??
      declarationProblem(project, importer, use, name, target)
    )
  }
  return declarationProblem(project, importer, use, name, undefined)
}

function relativeProblem(importer: Importer, path: string, specifier: string): string | undefined {
  const home = importer.workspace?.folder ?? importer.floor
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1)
  if (isStandardsTool(target) && !importer.test && !importer.development) {
    return `"${specifier}" is a tool of development, and src/ is what is shipped`
  }
  if (target === home || target.startsWith(`${home}/`)) return undefined
  return `"${specifier}" leaves ${home}; import the other package by its name`
}

/** Whether the arrow between two packages points down. */
function arrowProblem(importer: Importer, target: Workspace): string | undefined {
  if (target === importer.workspace) return 'imports its own package by name; use a relative import'
  const targetFloor = floorOf(target.folder)
  const targetShort = target.folder.split('/').at(-1) ?? ''
  const from = importer.workspace?.folder ?? importer.floor
  if (target.manifest.name === testingPackage) {
    return importer.test ? undefined : `${testingPackage} is for tests only`
  }
  if (targetFloor !== importer.floor) {
    if (targetFloor === undefined || !floorMayImport[importer.floor].includes(targetFloor)) {
      return `${from} may not import ${target.folder}: arrows point down only`
    }
    const rule = importer.floor === 'platform' && !importer.test ? platformMayImport[importer.short] : undefined
    return rule?.standards === false ? `${from} may not import standards/` : undefined
  }
  if (importer.floor === 'standards') {
    const may = standardMayImport[importer.short]
    if (may === 'every standard' || may?.includes(targetShort)) return undefined
    return `${from} may not import ${target.folder}: standards do not know each other`
  }
  if (importer.floor === 'platform') {
    if (importer.test || platformMayImport[importer.short]?.platform.includes(targetShort)) return undefined
    return `${from} may not import ${target.folder}: not in its line of scripts/arrow-rules.ts`
  }
  if (importer.floor === 'apps' && appMayImport[importer.short]?.includes(targetShort)) return undefined
  return `${from} may not import ${target.folder}: ${importer.floor} do not know each other`
}

function deepImportProblem(target: Workspace, specifier: string): string | undefined {
  const subpath = `.${specifier.slice(target.manifest.name.length)}`
  if (subpath === '.' || Object.hasOwn(target.manifest.exports ?? {}, subpath)) return undefined
  return `"${specifier}" reaches into ${target.folder}; import what its index exports`
}

function declarationProblem(
  project: Project,
  importer: Importer,
  use: ImportUse,
  name: string,
  target: Workspace | undefined,
): string | undefined {
  const own = importer.workspace?.manifest ?? project.rootManifest
  if (declares(own, name, ['dependencies', 'peerDependencies', 'optionalDependencies'])) return undefined
  // The root's own scripts see every workspace, since npm links them all into the root's node_modules.
  if (!importer.workspace && (target || declares(own, name, ['devDependencies']))) return undefined
  const development = importer.test || importer.development || use.typeOnly
  // A private workspace is never installed by others, so what it runs with may be a development dependency.
  if ((development || own.private === true) && declares(own, name, ['devDependencies'])) return undefined
  if ((importer.test || importer.development) && declares(project.rootManifest, name, ['devDependencies']))
    return undefined
  const file = importer.workspace ? `${importer.workspace.folder}/package.json` : 'package.json'
  return `${name} is not among the dependencies of ${file}`
}

type DependencyKind = 'dependencies' | 'devDependencies' | 'peerDependencies' | 'optionalDependencies'

function declares(manifest: Manifest, name: string, kinds: readonly DependencyKind[]): boolean {
  return kinds.some(kind => Object.hasOwn(manifest[kind] ?? {}, name))
}

/** `@scope/name` or `name`, without a path into the package. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function missingRules(project: Project): ArrowProblem[] {
  return project.workspaces
    .filter(({ folder }) => floorOf(folder) === 'platform')
    .filter(({ folder }) => !Object.hasOwn(platformMayImport, folder.split('/').at(-1) ?? ''))
    .map(({ folder }) => ({
      path: `${folder}/package.json`,
      line: 1,
      text: `${folder} has no line in scripts/arrow-rules.ts: say there what it may import`,
    }))
}

function recordArrow(project: Project, graph: Map<string, Set<string>>, importer: Importer, use: ImportUse): void {
  const target = project.workspaces.find(({ manifest }) => manifest.name === packageName(use.specifier))
  if (!importer.workspace || !target || importer.test || target === importer.workspace) return
  const targets = graph.get(importer.workspace.folder) ?? new Set()
  graph.set(importer.workspace.folder, targets.add(target.folder))
}

/** Packages that need each other, each cycle told once. */
function cycles(graph: ReadonlyMap<string, ReadonlySet<string>>): ArrowProblem[] {
  const problems: ArrowProblem[] = []
  const done = new Set<string>()
  const visit = (folder: string, trail: readonly string[]): void => {
    const at = trail.indexOf(folder)
    if (at !== -1) {
      const cycle = [...trail.slice(at), folder].join(' → ')
      problems.push({ path: `${folder}/package.json`, line: 1, text: `is part of a cycle: ${cycle}` })
      return
    }
    if (done.has(folder)) return
    for (const next of graph.get(folder) ?? []) visit(next, [...trail, folder])
    done.add(folder)
  }
  for (const folder of graph.keys()) visit(folder, [])
  return problems
}
