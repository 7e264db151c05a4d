import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@samband/engine'
import pino from 'pino'
import type { LogConfig } from '../config/config-types.ts'

export type Facts = Readonly<Record<string, string | number | boolean>>

export type ServerLog = Log & {
  /** Written to the file only. */
  readonly quiet: Log
  readonly close: () => void
}

export type ServerLogOptions = {
  readonly folder: string
  readonly config: LogConfig
  /** Of the file; each process has its own, since only one may put a file aside. */
  readonly name?: string
  /** One short line for the person at the terminal; without it nothing is shown. */
  readonly terminal?: ((line: string) => void) | undefined
  readonly now?: () => number
}

const sizeCheckEveryMs = 30_000
/** The same trouble again within this time is counted, not repeated, on the terminal. The file has every line. */
const repeatAfterMs = 10_000
const rememberedMax = 500

type Level = 'info' | 'warn' | 'error'

/**
 * Structured lines (JSON) to `<folder>/<name>.log`, and short ones for people. Facts are names, numbers and codes,
 * never content of messages: whoever logs keeps to that, and the platform's errors hold no content either.
 */
export function openLog({ folder, config, terminal, name = 'samband', now = Date.now }: ServerLogOptions): ServerLog {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.log`)
  rotate(file, config)
  const destination = pino.destination({ dest: file, sync: true, mkdir: true })
  const logger = pino({ base: null, level: config.level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const timer = setInterval(() => {
    if (rotate(file, config)) destination.reopen()
  }, sizeCheckEveryMs)
  timer.unref()
  let closed = false
  const write = (level: Level, event: string, facts: Facts = {}): void => {
    // Parts that stop after the log have nobody to tell.
    if (!closed) logger[level](facts, event)
  }
  const show = terminal === undefined ? () => {} : terminalLines(terminal, now)
  const both = (level: Level) => (event: string, facts?: Facts) => {
    write(level, event, facts)
    show(level, event, facts ?? {})
  }
  return {
    info: both('info'),
    warn: both('warn'),
    error: both('error'),
    quiet: {
      info: (event, facts) => write('info', event, facts),
      warn: (event, facts) => write('warn', event, facts),
      error: (event, facts) => write('error', event, facts),
    },
    close: () => {
      closed = true
      clearInterval(timer)
      destination.flushSync()
      destination.end()
    },
  }
}

/** samband.log -> samband.1.log -> samband.2.log ...; the oldest goes. True when the current one was put aside. */
function rotate(file: string, { fileBytesMax, filesMax }: LogConfig): boolean {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (bytes <= fileBytesMax) return false
  const numbered = (number: number): string => (number === 0 ? file : file.replace(/\.log$/, `.${number}.log`))
  rmSync(numbered(filesMax - 1), { force: true })
  for (let number = filesMax - 2; number >= 0; number -= 1) {
    if (statSync(numbered(number), { throwIfNoEntry: false }) !== undefined) {
      renameSync(numbered(number), numbered(number + 1))
    }
  }
  return true
}

function terminalLines(print: (line: string) => void, now: () => number) {
  const seen = new Map<string, { at: number; hidden: number }>()
  return (level: Level, event: string, facts: Facts): void => {
    if (level === 'info') return
    const key = `${event} ${String(facts['endpoint'] ?? facts['route'] ?? '')}`
    const known = seen.get(key)
    if (known !== undefined && now() - known.at < repeatAfterMs) {
      known.hidden += 1
      return
    }
    if (seen.size >= rememberedMax) seen.clear()
    seen.set(key, { at: now(), hidden: 0 })
    const more = known === undefined || known.hidden === 0 ? '' : ` (and ${known.hidden} more like it)`
    print(`${clock(now())} ${level === 'error' ? 'error' : 'note '} ${sentence(event, facts)}${more}`)
  }
}

function clock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

/** 'destination-down endpoint=ehr-out text="..."' as people read it: 'ehr-out: destination down: ...' */
function sentence(event: string, facts: Facts): string {
  const { endpoint, route, text, ...rest } = facts
  const where = endpoint ?? route
  const others = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
  const what = event.replaceAll('-', ' ')
  const tail = [
    text === undefined ? undefined : String(text),
    others.length === 0 ? undefined : `(${others.join(', ')})`,
  ]
  return `${where === undefined ? '' : `${String(where)}: `}${what}${tail
    .filter(part => part !== undefined)
    .map(part => ` ${part}`)
    .join('')}`
}
