import type { Duration } from '@samband/route'
import { z } from 'zod'
import { charsetField, durationField, limitField } from '../config/fields.ts'

export type FileSourceConfig = {
  readonly charset?: string | undefined
  readonly folder: string
  readonly pattern: string
  readonly order: 'name' | 'modified'
  readonly split: 'none' | 'hl7-batch'
  readonly archiveFolder?: string | undefined
  readonly errorFolder?: string | undefined
  readonly pollInterval: Duration
  readonly watch: boolean
  readonly stableFor: Duration
  readonly growingMax: Duration
  readonly fileBytesMax: number
  readonly streamedBytesMax: number
  readonly filesPerPollMax: number
  readonly closeTimeout: Duration
}

const folder = z.string().min(1)
const fileBytesMaxDefault = 16 * 1024 * 1024

export const fileSourceSchema: z.ZodType<FileSourceConfig> = z.strictObject({
  folder: folder.describe('Folder to take files from. Its subfolders are left alone.'),
  pattern: z
    .string()
    .min(1)
    .regex(/^[^/\\]+$/, 'a pattern names files, not folders')
    .default('*')
    .describe('Names to take: * for any characters, ? for one. Names that begin with a dot are never taken.'),
  order: z.enum(['name', 'modified']).default('name').describe('Order of the files: by name, or oldest first.'),
  split: z
    .enum(['none', 'hl7-batch'])
    .default('none')
    .describe('none: a file is one message; hl7-batch: each message of a batch (FHS, BHS) or of a plain sequence.'),
  charset: charsetField.optional().describe('Reads every message in this character set, whatever its MSH-18 says.'),
  archiveFolder: folder.optional().describe('Where stored files are moved; default: "archive" in the folder.'),
  errorFolder: folder.optional().describe('Where refused files are moved; default: "error" in the folder.'),
  pollInterval: durationField.default('5s').describe('Time between looks at the folder.'),
  watch: z.boolean().default(true).describe('Look at once when the system reports a change (not on network shares).'),
  stableFor: durationField
    .default('1s')
    .describe('A file is taken when size and time have not changed for so long; 0s where files are moved in whole.'),
  growingMax: durationField
    .default('10m')
    .describe('A file that is still being written holds back those after it, at most so long.'),
  fileBytesMax: limitField.default(fileBytesMaxDefault).describe('Largest file in bytes; larger ones are refused.'),
  streamedBytesMax: limitField
    .max(2 ** 31 - 1)
    .default(2 ** 31 - 1)
    .describe('Instead of fileBytesMax where the route has no parser and files are not split: they are streamed.'),
  filesPerPollMax: limitField.default(10_000).describe('Files taken in one look; the others wait for the next.'),
  closeTimeout: durationField.default('5s').describe('How long the file under way may take at shutdown.'),
})

export type FileDestinationConfig = {
  readonly folder: string
  readonly extension: string
  readonly collision: 'number' | 'replace' | 'fail'
  readonly writers: number
  readonly mode: string
}

export const fileDestinationSchema: z.ZodType<FileDestinationConfig> = z.strictObject({
  folder: folder.describe('Folder to write into. It must exist: a share that is not mounted is not written beside.'),
  extension: z
    .string()
    .regex(/^(\.[A-Za-z0-9_-]{1,16})?$/, 'write it with its dot, as in ".hl7"')
    .default('.hl7')
    .describe('End of the names of files that the route does not name.'),
  collision: z
    .enum(['number', 'replace', 'fail'])
    .default('number')
    .describe('What to do where the name is taken: number: name-1, name-2 ...; replace; fail: dead letter.'),
  writers: z.int().min(1).max(64).default(1).describe('Files written at once.'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'three octal digits, as in "640"')
    .default('640')
    .describe('Permissions of the files.'),
})
