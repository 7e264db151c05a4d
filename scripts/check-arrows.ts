/** `node scripts/check-arrows.ts`: fails on an import that points up or sideways. A step of `npm run check`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ArrowProblem, arrowProblems } from './arrows.ts'
import { filesBelow, readManifest, root, workspaces } from './workspace.ts'

const folders = ['standards', 'platform', 'apps', 'examples', 'bench', 'docs', 'scripts']

export function checkArrows(projectRoot: string = root): ArrowProblem[] {
  const files = folders
    .flatMap(folder => filesBelow(projectRoot, folder, path => /\.[cm]?[jt]sx?$/.test(path)))
    .map(path => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }))
  return arrowProblems({ rootManifest: readManifest(projectRoot), workspaces: workspaces(projectRoot) }, files)
}

if (import.meta.main) {
  const problems = checkArrows()
  for (const { path, line, text } of problems) console.log(`${path}:${line} ${text}`)
  if (problems.length > 0) process.exitCode = 1
}
