/**
 * A JSON file of lists of texts, a line per text, so that a change of one definition is one line of a diff. JSON and not TypeScript:
 * Node strips types from a module of 2 MB in 190 ms, and reads the same as JSON in 14 ms (as JavaScript: 61 ms).
 */
export function lineFile(lists: Readonly<Record<string, readonly string[]>>): string {
  const members = Object.entries(lists).map(([name, lines]) => {
    return `${JSON.stringify(name)}:[\n${lines.map(line => JSON.stringify(line)).join(',\n')}\n]`
  })
  return `{${members.join(',\n')}}\n`
}
