import { addValidate } from './hl7-validate.ts'
import { type Command, InvalidArgumentError, Option, withExamples, withJson } from '../command-kit.ts'

export type Hl7Options = {
  /** Dictionary to use instead of that of MSH-12. */
  readonly hl7?: string
  readonly json?: boolean
}

export type ExplainOptions = Hl7Options & { readonly segment?: readonly string[] }

export type DiffOptions = Hl7Options & { readonly ignore?: readonly string[]; readonly envelope?: boolean }

export type RedactOptions = Hl7Options & {
  readonly keyFile?: string
  readonly rules?: string
  readonly keepUncovered?: boolean
  readonly moveDates?: boolean
  readonly lf?: boolean
}

export const messageForms = ['er7', 'xml', 'json'] as const

export type ConvertOptions = Hl7Options & { readonly to: (typeof messageForms)[number]; readonly lf?: boolean }

const inputsText = 'files, folders, or - for standard input'
const formsText = 'ER7 (one or many, batches, MLLP frames), HL7 v2 XML, or the JSON form'

/** Work on HL7 v2 messages in files; nothing here talks to a server. */
export function addHl7(program: Command): void {
  const hl7 = program.command('hl7').summary('explain, validate, compare, redact and convert HL7 v2 messages')
  addExplain(hl7)
  addValidate(hl7)
  addDiff(hl7)
  addRedact(hl7)
  addConvert(hl7)
}

function withDictionary(command: Command): Command {
  return withJson(command).option(
    '--hl7 <version>',
    'version of the standard; that of each message unless given',
    version,
  )
}

function addExplain(hl7: Command): void {
  const command = withDictionary(
    hl7
      .command('explain')
      .summary('every value with its name and meaning')
      .description(
        `Writes each message value by value with the standard's names, the meaning of its codes, and dates in ISO 8601. Reads ${formsText}.`,
      )
      .argument('<inputs...>', inputsText)
      .option('--segment <id...>', 'only these segments', segments),
  ).action(async (inputs: string[], options: ExplainOptions) => {
    const { runExplain } = await import('../run-hl7.ts')
    process.exitCode = await runExplain(inputs, options)
  })
  withExamples(command, [
    { line: 'samband hl7 explain admission.hl7', text: 'A whole message' },
    { line: 'samband hl7 explain result.hl7 --segment PID OBX', text: 'Only the patient and the results' },
    { line: 'cat result.hl7 | samband hl7 explain - --json', text: 'As JSON, one message a row' },
  ])
}

function addDiff(hl7: Command): void {
  const command = withDictionary(
    hl7
      .command('diff')
      .summary('what differs between two messages')
      .description(
        'Compares the first message of each input by content: spelling, delimiters and line ends make no difference. A line for each value, repetition or segment that was added (+), removed (-) or changed (~). Exit code 1 when they differ.',
      )
      .argument('<before>', 'a file, or - for standard input')
      .argument('<after>', 'a file, or - for standard input')
      .option('--ignore <path...>', 'fields, components or segments to pass over')
      .option('--no-envelope', 'pass over MSH-7 and MSH-10, which differ in every message'),
  ).action(async (before: string, after: string, options: DiffOptions) => {
    const { runDiff } = await import('../run-hl7.ts')
    process.exitCode = await runDiff(before, after, options)
  })
  withExamples(command, [
    { line: 'samband hl7 diff before.hl7 after.hl7', text: 'What a change of a route did' },
    { line: 'samband hl7 diff old.hl7 new.hl7 --no-envelope --ignore OBX-14 ZPD', text: 'Without what always differs' },
    { line: 'samband hl7 diff old.hl7 new.hl7 --json', text: 'One change a row' },
  ])
}

function addRedact(hl7: Command): void {
  const command = withDictionary(
    hl7
      .command('redact')
      .summary('stable pseudonyms in place of people')
      .description(
        'Replaces names, identifiers, addresses, phone numbers and dates of birth by pseudonyms that are the same for the same key, removes free text and documents, and empties what nobody knows (Z segments). Norwegian national numbers become valid ones of the synthetic +80 series. What was done is told on standard error. The result is pseudonymous, not anonymous: handle it so.',
      )
      .argument('<inputs...>', inputsText)
      .addOption(
        new Option('--key-file <file>', 'file with the key; without one, pseudonyms hold for this run only').env(
          'SAMBAND_REDACT_KEY_FILE',
        ),
      )
      .option('--rules <file>', 'own rules before the default ones: JSON, [{ "path": "ZPD-2", "as": "identifier" }]')
      .option('--keep-uncovered', 'keep fields that no rule and no dictionary knows')
      .option('--move-dates', 'move all dates of a patient, not only those of birth and death')
      .option('--lf', 'end segments with LF instead of CR'),
  ).action(async (inputs: string[], options: RedactOptions) => {
    const { runRedact } = await import('../run-hl7.ts')
    process.exitCode = await runRedact(inputs, options)
  })
  withExamples(command, [
    {
      line: 'samband hl7 redact incident.hl7 --key-file redact.key > incident-redacted.hl7',
      text: 'A message for a vendor',
    },
    {
      line: 'samband hl7 redact archive/ --key-file redact.key --rules our-z-segments.json > test-data.hl7',
      text: 'Test data',
    },
    { line: 'samband hl7 redact incident.hl7 --json', text: 'With the report, one message a row' },
  ])
}

function addConvert(hl7: Command): void {
  const command = withDictionary(
    hl7
      .command('convert')
      .summary('between ER7, XML and JSON')
      .description(
        `Writes messages in another form. Reads ${formsText}. JSON gives back every byte; XML (the standard's encoding, with its groups) keeps the content.`,
      )
      .argument('<inputs...>', inputsText)
      .addOption(new Option('--to <form>', 'the form to write').choices(messageForms).makeOptionMandatory())
      .option('--lf', 'end segments of ER7 with LF instead of CR'),
  ).action(async (inputs: string[], options: ConvertOptions) => {
    const { runConvert } = await import('../run-hl7.ts')
    process.exitCode = await runConvert(inputs, options)
  })
  withExamples(command, [
    { line: 'samband hl7 convert admission.hl7 --to xml', text: 'For a system that wants XML' },
    { line: 'samband hl7 convert admission.xml --to er7 --lf', text: 'And back, to read in an editor' },
    { line: 'samband hl7 convert batch.hl7 --to json > messages.jsonl', text: 'One message a line, for other tools' },
    { line: 'samband hl7 convert admission.hl7 --to xml --json', text: 'Inside a JSON row, for scripts' },
  ])
}

function segments(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^[A-Za-z][A-Za-z0-9]{2}$/.test(text)) throw new InvalidArgumentError('write a segment id such as PID.')
  return [...before, text.toUpperCase()]
}

function version(text: string): string {
  if (!/^2\.\d{1,2}(?:\.\d{1,2})?$/.test(text)) throw new InvalidArgumentError('write a version such as 2.5.1.')
  return text
}
