import type { SystemStatus } from '@samband/operations/contract'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle, IconPlugConnectedX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactElement, type ReactNode, useState } from 'react'
import { formatDuration } from '../../model/format.ts'
import type { Problem, ProblemLink } from '../../model/problems.ts'
import { useNow } from '../../parts/use-now.ts'
import classes from './problem-list.module.css'

/** More than this at once is one cause with many symptoms: the rest opens on demand. */
const SHOWN_MAX = 3

type ProblemListProps = {
  readonly problems: readonly Problem[]
  readonly status: SystemStatus
  /** On a route's own page the way leads on to its messages, not back to itself. */
  readonly onRoutePage?: boolean
}

/** What is broken, since when, what to do. */
export function ProblemList({ problems, status, onRoutePage = false }: ProblemListProps): ReactElement {
  const [all, setAll] = useState(false)
  if (problems.length === 0) return <AllWell status={status} />
  const shown = all ? problems : problems.slice(0, SHOWN_MAX)
  const hidden = problems.length - shown.length
  return (
    <section aria-label="Problems" className={classes.list}>
      <ol aria-live="polite" aria-relevant="additions">
        {shown.map(problem => (
          <li key={problem.id}>
            <ProblemRow problem={problem} onRoutePage={onRoutePage} />
          </li>
        ))}
      </ol>
      {hidden > 0 && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          Show {hidden} more
        </button>
      )}
    </section>
  )
}

function AllWell({ status }: { readonly status: SystemStatus }): ReactElement {
  return (
    <section aria-label="Problems" className={classes.well} role="status">
      <IconCircleCheck size={22} stroke={1.8} aria-hidden />
      <span>
        <strong>All is well.</strong> Every receiver answers, nothing piles up
        {status.refusals > 0 ? '; listeners turned some input away, see ' : '.'}
        {status.refusals > 0 && (
          <Link to="/refusals" className="link">
            refusals
          </Link>
        )}
      </span>
    </section>
  )
}

const icons = { bad: IconPlugConnectedX, warn: IconAlertTriangle, info: IconInfoCircle } as const

type ProblemRowProps = { readonly problem: Problem; readonly onRoutePage: boolean }

function ProblemRow({ problem, onRoutePage }: ProblemRowProps): ReactElement {
  const Icon = icons[problem.severity]
  return (
    <article className={classes.problem} data-severity={problem.severity}>
      <span className={classes.icon}>
        <Icon size={20} stroke={1.8} aria-hidden />
      </span>
      <div className={classes.what}>
        <h2>
          {problem.title}
          {problem.since && <Since at={problem.since} />}
        </h2>
        <p className={classes.facts}>
          {problem.facts.map(fact => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </div>
      <div className={classes.now}>
        <p>{problem.advice}</p>
        {problem.error && <code>{problem.error}</code>}
      </div>
      {onRoutePage && problem.link.to === 'route' ? (
        <Link to="/messages" search={{ route: problem.link.route, status: 'waiting' }} className={classes.open}>
          See waiting
        </Link>
      ) : (
        <LinkTo link={problem.link}>{linkLabels[problem.link.to]}</LinkTo>
      )}
    </article>
  )
}

function Since({ at }: { readonly at: string }): ReactElement {
  const nowMs = useNow()
  return (
    <time dateTime={at} title={at} className={classes.since}>
      for {formatDuration(nowMs - Date.parse(at))}
    </time>
  )
}

const linkLabels: Readonly<Record<ProblemLink['to'], string>> = {
  route: 'Open route',
  held: 'See held',
  'dead-letters': 'See causes',
  refusals: 'See refusals',
}

function LinkTo({ link, children }: { readonly link: ProblemLink; readonly children: ReactNode }): ReactElement {
  if (link.to === 'dead-letters') {
    return (
      <Link to="/dead-letters" className={classes.open}>
        {children}
      </Link>
    )
  }
  if (link.to === 'held') {
    return (
      <Link to="/messages" search={{ route: link.route, status: 'held' }} className={classes.open}>
        {children}
      </Link>
    )
  }
  if (link.to === 'refusals') {
    return (
      <Link to="/refusals" className={classes.open}>
        {children}
      </Link>
    )
  }
  return (
    <Link to="/routes/$name" params={{ name: link.route }} className={classes.open}>
      {children}
    </Link>
  )
}
