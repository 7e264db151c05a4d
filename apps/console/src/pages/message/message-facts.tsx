import type { MessageDetail } from '@samband/operations/contract'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { formatBytes } from '../../model/format.ts'
import { originWords } from '../../model/provenance.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Ago, Time } from '../../parts/time.tsx'
import classes from './message-page.module.css'

export function MessageFacts({ message }: { readonly message: MessageDetail }): ReactElement {
  const { origin, descendants } = message
  return (
    <div className="panel">
      <dl className={classes.facts}>
        <Fact label="Received">
          <Time at={message.receivedAt} precise />
          <span className="muted">
            <Ago at={message.receivedAt} />
          </span>
        </Fact>
        <Fact label="Route">
          <Link to="/routes/$name" params={{ name: message.route }} className="link">
            {message.route}
          </Link>
        </Fact>
        <Fact label="Control id">
          <span className="mono">{message.controlId ?? 'none'}</span>
          {message.controlId && <CopyButton value={message.controlId} label="Copy the control id" size={13} />}
        </Fact>
        <Fact label="From">{origin?.verb === 'via' ? 'another route' : message.peer}</Fact>
        <Fact label="Revision">
          <span className="mono">{message.revision}</span>
        </Fact>
        <Fact label="Size">{formatBytes(message.bytes)}</Fact>
      </dl>
      {(origin || descendants.length > 0) && (
        <div className={classes.family}>
          {origin && (
            <span>
              {originWords(origin.verb)} from <MessageLink id={origin.messageId} />
            </span>
          )}
          {descendants.map(descendant => (
            <span key={descendant.messageId}>
              {originWords(descendant.verb)} as <MessageLink id={descendant.messageId} />, <Time at={descendant.at} />
            </span>
          ))}
        </div>
      )}
    </div>
  )
}

export function MessageLink({ id }: { readonly id: number }): ReactElement {
  return (
    <Link to="/messages/$id" params={{ id: String(id) }} className="link">
      message {id}
    </Link>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
