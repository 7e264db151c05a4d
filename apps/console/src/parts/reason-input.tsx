import { Textarea } from '@mantine/core'
import type { ReactElement } from 'react'
import classes from './reason-input.module.css'

/** The commonest reasons, so that nobody at 03:00 writes "x". */
const suggestions = [
  'Receiver is back up',
  'Sent on request of the receiver',
  'Corrected after agreement with the sender',
  'Test',
]

type ReasonInputProps = { readonly value: string; readonly onChange: (reason: string) => void }

export function ReasonInput({ value, onChange }: ReasonInputProps): ReactElement {
  return (
    <div>
      <Textarea
        label="Reason"
        description="Kept with the act, for whoever asks later. Without patient data."
        required
        withAsterisk={false}
        data-autofocus
        autosize
        minRows={2}
        maxLength={500}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
      />
      <div className={classes.suggestions}>
        {suggestions.map(suggestion => (
          <button key={suggestion} type="button" onClick={() => onChange(suggestion)}>
            {suggestion}
          </button>
        ))}
      </div>
    </div>
  )
}
