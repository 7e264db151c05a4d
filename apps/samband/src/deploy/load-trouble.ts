import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'

const withinMs = 5_000

/**
 * Where a route's file fails to load: 'routes/adt.ts:12: Unexpected token', as Node tells it when it is asked once more in a
 * process of its own, because a thread's error carries its text only. Undefined: it loads there.
 */
export async function loadTrouble(file: string): Promise<string | undefined> {
  const stderr = await new Promise<string>(resolve => {
    const program = `await import(${JSON.stringify(pathToFileURL(file).href)})`
    const args = ['--no-warnings', '--input-type=module', '--eval', program]
    execFile(process.execPath, args, { timeout: withinMs, env: {} }, (_error, _stdout, text) => resolve(text))
  })
  const place = /file:\/\/(\/[^\s():]+):(\d+)/.exec(stderr)
  const text = /^(?:Uncaught )?([A-Za-z]*Error(?: \[[A-Z_]+\])?: .*)$/m.exec(stderr)?.[1]
  if (place === null) return text
  return `${decodeURI(place[1] ?? '')}:${place[2] ?? ''}: ${text ?? 'cannot be loaded'}`
}
