import type { Verb } from '@samband/operations/contract'

type VerbWord = {
  readonly label: string
  readonly past: string
  /** What the verb does, for someone who does it for the first time at night. */
  readonly explains: string
}

export const verbWords: Readonly<Record<Verb | 'discard', VerbWord>> = {
  reinject: {
    label: 'Reinject',
    past: 'reinjected',
    explains:
      'Sends the received bytes through the whole route again, from the start, as a new message linked to this one.',
  },
  reprocess: {
    label: 'Reprocess',
    past: 'reprocessed',
    explains: 'Continues from the step or delivery that failed. What was delivered already is not sent again.',
  },
  resend: {
    label: 'Resend',
    past: 'resent',
    explains: 'Sends exactly the same output to the same destination again. The receiver may see it twice.',
  },
  redirect: {
    label: 'Redirect',
    past: 'redirected',
    explains: 'Sends this output to another destination, also of another route.',
  },
  edit: {
    label: 'Edit and resend',
    past: 'edited',
    explains: 'Makes a new message from a corrected copy. The original stays as it was received.',
  },
  discard: {
    label: 'Discard',
    past: 'discarded',
    explains: 'Gives up on what has not been delivered. The message stays readable; it is not sent any more.',
  },
}
