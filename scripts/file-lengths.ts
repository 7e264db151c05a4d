import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTestFile } from './arrow-rules.ts'
import { filesBelow, root } from './workspace.ts'

/** A longer file holds more than one concept. */
export const linesMax = 400

export interface LongFile {
  readonly path: string
  readonly lines: number
}

/** TypeScript files that people write and that are longer than `linesMax`; tests and generated code may be longer. */
export function longFiles(projectRoot: string = root): LongFile[] {
  return filesBelow(projectRoot, '', path => /\.tsx?$/.test(path) && !isTestFile(path) && !path.includes('/generated/'))
    .map(path => ({ path, lines: lineCount(readFileSync(join(projectRoot, path), 'utf8')) }))
    .filter(({ lines }) => lines > linesMax)
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
