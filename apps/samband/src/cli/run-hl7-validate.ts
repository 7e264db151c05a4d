import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadDictionary } from '@samband/hl7v2/dictionary'
import {
  acknowledge,
  BatchReport,
  formatResult,
  formatSummary,
  parseProfileXml,
  type Profile,
  validate,
  type ValidationResult,
} from '@samband/hl7v2/validation'
import { type Hl7Input, hl7Inputs } from '../hl7/hl7-inputs.ts'
import type { ValidateOptions } from './commands/hl7-validate.ts'
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output, terminalOutput } from './output.ts'

type FoundMessage = Extract<Hl7Input, { readonly kind: 'message' }>

/** @throws CliError `input-missing`, usage */
export async function runValidate(inputs: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  if (options.ack === true && options.summary === true) throw usageError('--ack and --summary exclude each other')
  if (inputs.filter(input => input === '-').length > 1) throw usageError('standard input can be read only once')
  const output = terminalOutput({ json: options.json === true })
  const loaded = options.profile === undefined ? undefined : await loadProfile(options.profile, output)
  const report = new BatchReport()
  let unreadable = 0
  for await (const found of hl7Inputs(inputs, process.stdin)) {
    if (found.kind === 'unreadable') {
      output.note(`${found.from} ${found.number}: ${found.text}`)
      unreadable += 1
      continue
    }
    const result = await resultOf(found, options, loaded)
    report.add(`${found.from} ${found.number}`, result)
    if (options.summary !== true) await write(found, result, options, output)
  }
  const summary = report.summary()
  if (options.summary === true) {
    if (output.json) await jsonRow(output, summary)
    else await output.write(formatSummary(summary))
  } else if (!output.json && summary.messages > 1) {
    output.note(`${summary.messages} messages, ${summary.messages - summary.valid} with errors`)
  }
  return unreadable === 0 && summary.valid === summary.messages ? exitCodes.ok : exitCodes.failure
}

async function resultOf(
  { message, issues }: FoundMessage,
  { hl7, level, check }: ValidateOptions,
  loaded: LoadedProfile | undefined,
): Promise<ValidationResult> {
  const dictionary = await loadDictionary(hl7 ?? loaded?.version ?? message.version)
  return validate(message, dictionary, {
    level,
    parseIssues: issues,
    ...(check === undefined ? {} : { checks: check }),
    ...(loaded === undefined ? {} : { profile: loaded.profile }),
  })
}

async function write(
  { from, number, message }: FoundMessage,
  result: ValidationResult,
  options: ValidateOptions,
  output: Output,
): Promise<void> {
  if (options.ack === true) {
    // MSH-10 has room for 20 characters in the oldest versions.
    const controlId = randomBytes(8).toString('hex').toUpperCase()
    const ack = acknowledge(message, result, { controlId, now: new Date() })
    if (output.json) await jsonRow(output, { from, number, ok: result.ok, ack: ack.toString() })
    else await output.write(output.isTerminal ? ack.toString().replaceAll(/\r\n?/g, '\n') : ack.format())
  } else if (output.json) await jsonRow(output, { from, number, ...result })
  else await output.write(`${from} ${number}\n${formatResult(result)}`)
}

interface LoadedProfile {
  readonly profile: Profile
  /** Of the standard, where the profile names one. */
  readonly version?: string
}

async function loadProfile(file: string, output: Output): Promise<LoadedProfile> {
  if (/\.[cm]?[jt]s$/.test(file)) return { profile: await importProfile(file) }
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CliError({ code: 'input-missing', exitCode: exitCodes.notFound, message: `cannot read ${file}`, cause })
  })
  const read = parseProfileXml(bytes)
  if (!read.ok) throw usageError(`${file} is no profile: ${read.issues.map(({ text }) => text).join('; ')}`)
  for (const { text } of read.issues) output.note(`${file}: ${text}`)
  return read.version === '' ? { profile: read.profile } : { profile: read.profile, version: read.version }
}

/** The default export, or the only one that is a profile. */
async function importProfile(file: string): Promise<Profile> {
  let exported: Record<string, unknown>
  try {
    exported = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>
  } catch (cause) {
    const message = `cannot load ${file}: ${cause instanceof Error ? cause.message : 'unknown reason'}`
    throw new CliError({ code: 'input-missing', exitCode: exitCodes.notFound, message, cause })
  }
  const profiles = [exported['default'], ...Object.values(exported)].filter(isProfile)
  const [profile] = profiles
  if (profile === undefined) throw usageError(`${file} exports no profile: export what defineProfile gives as default`)
  return profile
}

function isProfile(value: unknown): value is Profile {
  return typeof value === 'object' && value !== null && 'rules' in value && value.rules instanceof Map
}
