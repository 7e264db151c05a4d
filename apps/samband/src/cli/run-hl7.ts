import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  DATA_CLASSES,
  diff,
  DIFF_IGNORE_ENVELOPE,
  explain,
  formatDiff,
  formatExplanation,
  type KeyedHash,
  Hl7Error,
  type Message,
  redact,
  type RedactionReport,
  type RedactionRule,
  toJson,
} from '@samband/hl7v2'
import { type Dictionary, loadDictionary } from '@samband/hl7v2/dictionary'
import { formatXml } from '@samband/hl7v2/xml'
import { z } from 'zod'
import { type Hl7Input, hl7Inputs } from '../hl7/hl7-inputs.ts'
import type { ConvertOptions, DiffOptions, ExplainOptions, Hl7Options, RedactOptions } from './commands/hl7.ts'
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output, terminalOutput } from './output.ts'

type FoundMessage = Extract<Hl7Input, { readonly kind: 'message' }>

/** @throws CliError `input-missing` */
export async function runExplain(inputs: readonly string[], options: ExplainOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  const chosen = options.segment === undefined ? {} : { segments: options.segment }
  return await eachMessage(inputs, output, async ({ from, number, message }) => {
    const explanation = explain(message, await dictionaryFor(message, options), chosen)
    if (output.json) await jsonRow(output, { from, number, ...explanation })
    else await output.write(`${number > 1 ? '\n' : ''}${formatExplanation(explanation)}`)
  })
}

/** @throws CliError `input-missing`, usage */
export async function runDiff(before: string, after: string, options: DiffOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  if (before === '-' && after === '-') throw usageError('standard input can be read only once')
  const a = await firstMessage(before)
  const b = await firstMessage(after)
  const ignore = [...(options.ignore ?? []), ...(options.envelope === false ? DIFF_IGNORE_ENVELOPE : [])]
  const found = asUsage(() => diff(a, b, { ignore }))
  if (output.json) for (const change of found.changes) await jsonRow(output, change)
  else await output.write(formatDiff(found, { dictionary: await dictionaryFor(b, options) }))
  if (found.equal) output.note('no difference')
  return found.equal ? exitCodes.ok : exitCodes.failure
}

/** @throws CliError `input-missing`, usage */
export async function runRedact(inputs: readonly string[], options: RedactOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  const keyedHash = await keyOf(options.keyFile, output)
  const rules = options.rules === undefined ? [] : await rulesOf(options.rules)
  return await eachMessage(inputs, output, async ({ from, number, message }) => {
    const dictionary = await dictionaryFor(message, options)
    const { message: redacted, report } = asUsage(() =>
      redact(message, {
        dictionary,
        keyedHash,
        rules,
        uncovered: options.keepUncovered === true ? 'keep' : 'clear',
        moveDates: options.moveDates === true,
      }),
    )
    if (output.json) await jsonRow(output, { from, number, message: redacted.toString(), report })
    else {
      await writeEr7(redacted, output, options.lf === true)
      output.note(`${from} ${number}: ${reportText(report, options.keepUncovered === true)}`)
    }
  })
}

/** @throws CliError `input-missing` */
export async function runConvert(inputs: readonly string[], options: ConvertOptions): Promise<ExitCode> {
  const output = terminalOutput({ json: options.json === true })
  let separator = ''
  return await eachMessage(inputs, output, async ({ from, number, message }) => {
    if (options.to === 'json') {
      const form = toJson(message)
      await jsonRow(output, output.json ? { from, number, message: form } : form)
    } else if (options.to === 'er7') {
      if (output.json) await jsonRow(output, { from, number, message: message.toString() })
      else await writeEr7(message, output, options.lf === true)
    } else {
      const { xml, issues } = formatXml(message, await dictionaryFor(message, options))
      for (const { text } of issues) output.note(`${from} ${number}: ${text}`)
      if (output.json) await jsonRow(output, { from, number, message: xml, issues })
      else await output.write(separator + xml)
      separator = '\n'
    }
  })
}

/** Runs a command for every message, and tells of what is none. */
async function eachMessage(
  inputs: readonly string[],
  output: Output,
  run: (found: FoundMessage) => Promise<void>,
): Promise<ExitCode> {
  if (inputs.filter(input => input === '-').length > 1) throw usageError('standard input can be read only once')
  let done = 0
  let failed = 0
  for await (const found of hl7Inputs(inputs, process.stdin)) {
    if (found.kind === 'message') {
      await run(found)
      done += 1
    } else {
      output.note(`${found.from} ${found.number}: ${found.text}`)
      failed += 1
    }
  }
  if (failed === 0) return exitCodes.ok
  return done > 0 ? exitCodes.partial : exitCodes.failure
}

async function firstMessage(input: string): Promise<Message> {
  for await (const found of hl7Inputs([input], process.stdin)) {
    if (found.kind === 'message') return found.message
    throw new CliError({
      code: 'input-unreadable',
      exitCode: exitCodes.failure,
      message: `${found.from}: ${found.text}`,
    })
  }
  throw new CliError({ code: 'input-unreadable', exitCode: exitCodes.failure, message: `${input} holds no message` })
}

function dictionaryFor(message: Message, { hl7 }: Hl7Options): Promise<Dictionary> {
  return loadDictionary(hl7 ?? message.version)
}

/** Paths come from the command line, so a wrong one is wrong usage. */
function asUsage<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof Hl7Error && error.code === 'path-invalid') throw usageError(error.message)
    throw error
  }
}

const keyBytesMin = 16

async function keyOf(file: string | undefined, output: Output): Promise<KeyedHash> {
  if (file === undefined) output.note('no --key-file: these pseudonyms hold for this run only')
  const key = file === undefined ? randomBytes(32) : await readInput(file)
  if (key.length < keyBytesMin) throw usageError(`the key in ${file} is shorter than ${keyBytesMin} bytes`)
  return text => createHmac('sha256', key).update(text).digest()
}

const rulesSchema = z.array(z.strictObject({ path: z.string(), as: z.enum(DATA_CLASSES) }))

export async function rulesOf(file: string): Promise<readonly RedactionRule[]> {
  let json: unknown
  try {
    json = JSON.parse((await readInput(file)).toString('utf8'))
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw usageError(`${file} is no JSON`)
  }
  const rules = rulesSchema.safeParse(json)
  if (rules.success) return rules.data
  throw usageError(`${file} holds no rules: ${z.prettifyError(rules.error)}`)
}

async function readInput(file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    throw new CliError({ code: 'input-missing', exitCode: exitCodes.notFound, message: `cannot read ${file}`, cause })
  })
}

/** As bytes, with a line end behind the last segment, so that messages one after another stay messages. */
async function writeEr7(message: Message, output: Output, lf: boolean): Promise<void> {
  const bytes = Buffer.from(message.format())
  const ended = /[\r\n]$/.test(bytes.subarray(-1).toString('latin1'))
    ? bytes
    : Buffer.concat([bytes, Buffer.from('\r')])
  // A CR alone would write the segments over each other on a terminal.
  if (!lf && !output.isTerminal) return await output.write(ended)
  await output.write(Buffer.from(ended.toString('latin1').replaceAll(/\r\n?/g, '\n'), 'latin1'))
}

function reportText({ redacted, uncovered, traces, removedLines }: RedactionReport, kept: boolean): string {
  const parts = [`${redacted.length} fields redacted`]
  if (uncovered.length > 0)
    parts.push(
      `${kept ? 'kept although nothing covers them' : 'emptied, as nothing covers them'}: ${uncovered.join(' ')}`,
    )
  if (traces.length > 0) parts.push(`names or identifiers found and replaced in ${traces.join(' ')}`)
  if (removedLines.length > 0) parts.push(`lines that are no segments removed: ${removedLines.join(' ')}`)
  return parts.join('; ')
}
