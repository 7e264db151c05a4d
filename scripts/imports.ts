import { parseSync, Visitor } from 'oxc-parser'

/** One place where a file names another module. */
export interface ImportUse {
  readonly specifier: string
  /** 1-based. */
  readonly line: number
  /** Erased before it runs: `import type`, `export type`, or a type such as `import('pg').Pool`. */
  readonly typeOnly: boolean
}

export interface ParsedImports {
  readonly imports: readonly ImportUse[]
  /** Why the file could not be parsed, if it could not. */
  readonly syntaxError?: string
}

/**
 * Every module that `text` names: static and dynamic imports, re-exports, `import()` types, `import = require()`,
 * `require()`. A specifier that is computed at run time is not seen.
 */
export function importsOf(path: string, text: string): ParsedImports {
  const { program, module, errors } = parseSync(path, text)
  const [error] = errors
  if (error) return { imports: [], syntaxError: error.message }
  const imports: ImportUse[] = []
  const lineAt = lineCounter(text)
  const add = (specifier: unknown, start: number, typeOnly: boolean): void => {
    if (typeof specifier === 'string') imports.push({ specifier, line: lineAt(start), typeOnly })
  }
  for (const { moduleRequest, entries, start } of module.staticImports) {
    add(moduleRequest.value, start, entries.length > 0 && entries.every(entry => entry.isType))
  }
  for (const { entries, start } of module.staticExports) {
    const from = entries.find(entry => entry.moduleRequest)?.moduleRequest
    if (from) {
      add(
        from.value,
        start,
        entries.every(entry => entry.isType),
      )
    }
  }
  new Visitor({
    ImportExpression: node => add(node.source.type === 'Literal' && node.source.value, node.start, false),
    TSImportType: node => add(node.source.value, node.start, true),
    TSExternalModuleReference: node => add(node.expression.value, node.start, false),
    CallExpression: node => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require') return
      const [first] = node.arguments
      add(first?.type === 'Literal' && first.value, node.start, false)
    },
  }).visit(program)
  return { imports }
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    const after = starts.findIndex(start => start > offset)
    return after === -1 ? starts.length : after
  }
}
