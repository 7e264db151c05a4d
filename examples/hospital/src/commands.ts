import type { Hospital } from './hospital.ts'
import { type SystemName, systemNames } from './systems/system.ts'

/** What one may tell a running hospital. */
export type Command =
  | { readonly command: 'pause' }
  | { readonly command: 'resume' }
  | { readonly command: 'finish' }
  | { readonly command: 'status' }
  | { readonly command: 'speed'; readonly messagesPerMinute: number }
  | { readonly command: 'down'; readonly system: SystemName; readonly seconds: number | undefined }
  | { readonly command: 'up'; readonly system: SystemName }

/** A command from a line ('down lis 30', or JSON) or from an IPC message; undefined when it is none. */
export function parseCommand(input: unknown): Command | undefined {
  const fields = typeof input === 'string' ? fieldsOfLine(input.trim()) : fieldsOf(input)
  const command = fields['command']
  switch (command) {
    case 'pause':
    case 'resume':
    case 'finish':
    case 'status':
      return { command }
    case 'speed': {
      const messagesPerMinute = fields['messagesPerMinute']
      return typeof messagesPerMinute === 'number' && messagesPerMinute > 0 ? { command, messagesPerMinute } : undefined
    }
    case 'up':
    case 'down': {
      const system = systemNames.find(name => name === fields['system'])
      if (system === undefined) return undefined
      const seconds = typeof fields['seconds'] === 'number' ? fields['seconds'] : undefined
      return command === 'up' ? { command, system } : { command, system, seconds }
    }
    default:
      return undefined
  }
}

/** Does it. Rejects when the hospital cannot: a speed out of range, a port that somebody else took meanwhile. */
export async function runCommand(hospital: Hospital, command: Exclude<Command, { command: 'status' }>): Promise<void> {
  switch (command.command) {
    case 'pause':
      hospital.pause()
      return
    case 'resume':
      hospital.resume()
      return
    case 'finish':
      hospital.finish()
      return
    case 'speed':
      hospital.setSpeed(command.messagesPerMinute)
      return
    case 'up':
      await hospital.bringUp(command.system)
      return
    case 'down':
      await hospital.takeDown(command.system, command.seconds === undefined ? undefined : command.seconds * 1_000)
  }
}

function fieldsOfLine(line: string): Readonly<Record<string, unknown>> {
  if (line.startsWith('{')) return fieldsOfJson(line)
  const [command, first, second] = line.split(/\s+/)
  if (command === 'speed') return { command, messagesPerMinute: Number(first) }
  return { command, system: first, ...(second === undefined ? {} : { seconds: Number(second) }) }
}

function fieldsOfJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null ? { ...input } : {}
}
