import { VALIDATION_CHECKS, type ValidationCheck, type ValidationLevel } from '@samband/hl7v2/validation'
import { type Command, InvalidArgumentError, Option, withExamples, withJson } from '../command-kit.ts'

export type ValidateOptions = {
  /** Dictionary to use instead of that of MSH-12. */
  readonly hl7?: string
  readonly level: ValidationLevel
  readonly check?: readonly ValidationCheck[]
  readonly profile?: string
  readonly ack?: boolean
  readonly summary?: boolean
  readonly json?: boolean
}

const levels = ['strict', 'lenient'] as const

export function addValidate(hl7: Command): void {
  const command = withJson(
    hl7
      .command('validate')
      .summary('compare messages with the standard, and with a profile')
      .description(
        'Names what deviates from the standard: structure, required fields, formats, tables, lengths, conditions, each with its path and HL7 error code, and no content. strict names every deviation; lenient has errors only for what no engine could work with, and for a profile. Exit code 1 when a message has errors.',
      )
      .argument('<inputs...>', 'files, folders, or - for standard input'),
  )
    .option('--hl7 <version>', 'version of the standard; that of each message unless given', version)
    .addOption(new Option('--level <level>', 'how much is an error').choices(levels).default('strict'))
    .addOption(new Option('--check <check...>', 'only these checks').choices(VALIDATION_CHECKS))
    .option(
      '--profile <file>',
      'conformance profile: HL7 v2 profile XML, or a module that exports one of defineProfile',
    )
    .option('--ack', 'write the acknowledgement of each message, with an ERR for each error')
    .option('--summary', 'only the kinds of findings, counted over all messages')
    .action(async (inputs: string[], options: ValidateOptions) => {
      const { runValidate } = await import('../run-hl7-validate.ts')
      process.exitCode = await runValidate(inputs, options)
    })
  withExamples(command, [
    { line: 'samband hl7 validate admission.hl7', text: 'Every deviation from the version that the message names' },
    { line: 'samband hl7 validate archive/ --level lenient --summary', text: 'What a sender gets wrong, counted' },
    { line: 'samband hl7 validate result.hl7 --profile lab-results.xml --ack', text: 'What the sender would be told' },
    { line: 'samband hl7 validate result.hl7 --check structure required --json', text: 'One message a row' },
  ])
}

function version(text: string): string {
  if (!/^2\.\d{1,2}(?:\.\d{1,2})?$/.test(text)) throw new InvalidArgumentError('write a version such as 2.5.1.')
  return text
}
