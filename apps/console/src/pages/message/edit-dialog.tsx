import type { BodyView, MessageDetail } from '@samband/operations/contract'
import { Button, Group, Modal, Skeleton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useState } from 'react'
import { messageBodyQuery, useVerb } from '../../api/messages.ts'
import { encodeText, toBase64 } from '../../model/charset.ts'
import { fromEditorText, toEditorText } from '../../model/editor-text.ts'
import { plural } from '../../model/format.ts'
import { countChanges, diffTexts } from '../../model/text-diff.ts'
import { verbWords } from '../../model/verb-words.ts'
import { DiffView } from '../../parts/diff-view.tsx'
import { ErrorLine, ErrorState } from '../../parts/error-state.tsx'
import { ReasonInput } from '../../parts/reason-input.tsx'
import classes from './verb-dialog.module.css'

type EditDialogProps = { readonly message: MessageDetail; readonly onClose: () => void }

export function EditDialog({ message, onClose }: EditDialogProps): ReactElement {
  const body = useQuery(messageBodyQuery(message.id))
  return (
    <Modal
      opened
      onClose={onClose}
      size={1040}
      title={`Edit and resend message ${message.id}`}
      closeOnClickOutside={false}
    >
      {body.isError && <ErrorState error={body.error} what="The content" />}
      {body.isPending && <Skeleton height={300} />}
      {body.data && <EditForm message={message} body={body.data} onClose={onClose} />}
    </Modal>
  )
}

function EditForm({ message, body, onClose }: EditDialogProps & { readonly body: BodyView }): ReactElement {
  const original = toEditorText(body.text)
  const [text, setText] = useState(original)
  const [reason, setReason] = useState('')
  const verb = useVerb()
  const navigate = useNavigate()
  const edited = fromEditorText(text, body.text)
  const encoded = encodeText(edited, body.charset)
  const changes = countChanges(diffTexts(body.text, edited))
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    if (!encoded.ok) return
    verb.mutate(
      {
        messageId: message.id,
        verb: 'edit',
        request: { reason: reason.trim(), bodyBase64: toBase64(encoded.bytes) },
      },
      {
        onSuccess: ({ newMessageId }) => {
          onClose()
          notifications.show({ message: `The corrected message is on its way.`, color: 'fjord' })
          if (newMessageId !== null) void navigate({ to: '/messages/$id', params: { id: String(newMessageId) } })
        },
      },
    )
  }
  return (
    <form className={classes.form} onSubmit={onSubmit}>
      <p className={classes.explains}>{verbWords.edit.explains}</p>
      <textarea
        className={classes.editor}
        aria-label="Message text"
        spellCheck={false}
        autoComplete="off"
        wrap="off"
        value={text}
        onChange={event => setText(event.currentTarget.value)}
      />
      <p className={classes.editHint}>
        One segment per line; line ends go out as they came in, in {body.charset}.
        {!encoded.ok && <strong style={{ color: 'var(--sb-bad)' }}> {encoded.message}</strong>}
      </p>
      <div className={classes.previewTitle} role="status">
        {changes === 0 ? 'Nothing changed yet' : `${plural(changes, 'line')} changed`}
      </div>
      {changes > 0 && (
        <div className={classes.preview}>
          <DiffView before={body.text} after={edited} mode="inline" label="What you changed" />
        </div>
      )}
      <ReasonInput value={reason} onChange={setReason} />
      <ErrorLine error={verb.error} />
      <Group justify="flex-end" gap="xs" className={classes.sticky ?? ''}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={verb.isPending} disabled={changes === 0 || reason.trim() === '' || !encoded.ok}>
          Send the corrected message
        </Button>
      </Group>
    </form>
  )
}
