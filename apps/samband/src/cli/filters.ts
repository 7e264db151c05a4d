import type { MessageSearch } from '@samband/operations/contract'
import { type Command, InvalidArgumentError, pointInTime, positive } from './command-kit.ts'
import { usageError } from './exit-codes.ts'

export type FilterOptions = {
  readonly route?: string
  readonly type?: string
  readonly controlId?: string
  readonly patient?: string
  readonly status?: MessageSearch['status']
  readonly from?: string
  readonly to?: string
}

const statuses = ['waiting', 'held', 'delivered', 'filtered', 'duplicate', 'dead', 'discarded'] as const

export function withFilters(command: Command): Command {
  return command
    .option('--route <name>', 'of this route')
    .option('--type <type>', 'of this type: ADT^A01')
    .option('--control-id <id>', 'with this MSH-10')
    .option('--patient <id>', 'of this patient; - reads the id from standard input, out of the shell history')
    .option('--status <status>', `one of ${statuses.join(', ')}`, status)
    .option('--from <time>', 'received since: 2026-01-31, 2026-01-31T08:00, or how long ago: 2h', pointInTime)
    .option('--to <time>', 'received before, written the same way', pointInTime)
}

function status(text: string): (typeof statuses)[number] {
  const found = statuses.find(known => known === text)
  if (found === undefined) throw new InvalidArgumentError(`it must be one of ${statuses.join(', ')}.`)
  return found
}

/** Only what was given. */
export async function searchOf(options: FilterOptions): Promise<MessageSearch> {
  const { route, type, controlId, patient, status: wanted, from, to } = options
  return {
    ...(route === undefined ? {} : { route }),
    ...(type === undefined ? {} : { type }),
    ...(controlId === undefined ? {} : { controlId }),
    ...(patient === undefined ? {} : { patientId: patient === '-' ? await fromStdin() : patient }),
    ...(wanted === undefined ? {} : { status: wanted }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}

const stdinBytesMax = 10_000

async function fromStdin(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > stdinBytesMax) break
  }
  const id = text.trim()
  if (id === '' || id.length > 200) throw usageError('--patient -: standard input must hold one patient id')
  return id
}

export { positive }
