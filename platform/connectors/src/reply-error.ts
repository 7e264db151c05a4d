import type { Reply } from '@samband/engine'
import { SambandError, type SambandErrorInit } from '@samband/errors'

/**
 * A receiver refused, and said so: the error carries its answer. The answer may quote the message, so it is kept like one
 * (encrypted), and never becomes part of the error's text.
 */
export class ReplyError extends SambandError {
  readonly reply: Reply

  constructor(init: SambandErrorInit, reply: Reply) {
    super(init)
    this.reply = reply
  }
}
