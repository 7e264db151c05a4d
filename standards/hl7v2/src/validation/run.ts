import type { Message } from '../message.ts'
import type { MessageContext } from '../message-context.ts'
import type { Plans } from './element-plan.ts'
import type { Findings } from './findings.ts'

/** What the checks of one message share. */
export interface Run {
  readonly message: Message
  readonly context: MessageContext
  readonly plans: Plans
  readonly findings: Findings
  /** Checks that are asked for every value, so that asking costs nothing. */
  readonly types: boolean
  readonly tables: boolean
  readonly lengths: boolean
  readonly syntax: boolean
}

export const NULL_VALUE = '""'
