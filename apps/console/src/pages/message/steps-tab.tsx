import type { MessageDetail } from '@samband/operations/contract'
import { SegmentedControl, Skeleton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowRight, IconCheck, IconFilterOff, IconStairs, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useMemo, useState } from 'react'
import { messageBodyQuery, messageTraceQuery } from '../../api/messages.ts'
import { type ComparedStep, compareSteps } from '../../model/step-changes.ts'
import { DiffView } from '../../parts/diff-view.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { RawView } from '../../parts/raw-view.tsx'
import steps from './steps-tab.module.css'
import classes from './tab.module.css'

type View = 'side-by-side' | 'inline' | 'result'

const outcomeIcons = { passed: IconCheck, dropped: IconFilterOff, failed: IconX, output: IconArrowRight } as const
const outcomeTones = { passed: 'ok', dropped: 'quiet', failed: 'bad', output: 'info' } as const
const outcomeWords = { passed: 'passed', dropped: 'dropped it', failed: 'failed', output: 'goes out' } as const

export function StepsTab({ message }: { readonly message: MessageDetail }): ReactElement {
  const trace = useQuery(messageTraceQuery(message.id))
  const body = useQuery(messageBodyQuery(message.id))
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  const [chosen, setChosen] = useState<number | null>(null)
  const [view, setView] = useState<View>(isNarrow ? 'inline' : 'side-by-side')
  const shown = useMemo(() => compareSteps(trace.data?.steps ?? [], body.data?.text ?? null), [trace.data, body.data])
  if (trace.isError) return <ErrorState error={trace.error} what="The steps" onRetry={() => void trace.refetch()} />
  if (!trace.data) return <Skeleton m="md" height={220} width="auto" />
  if (shown.length === 0) {
    return (
      <EmptyState icon={IconStairs} title="No steps">
        This route hands the message on as it came.
      </EmptyState>
    )
  }
  const first = shown.findIndex(step => step.changes > 0 || step.reshaped)
  const index = chosen ?? Math.max(0, first)
  const step = shown[index] ?? shown[0]
  return (
    <>
      {!trace.data.exact && (
        <div className={classes.note}>
          Revision {message.revision} is no longer loaded. This is what the current one, {trace.data.revision}, makes of
          the message.
        </div>
      )}
      <div className={steps.split}>
        <ol className={steps.list} aria-label="Steps">
          {shown.map((entry, position) => (
            <li key={`${position}/${entry.name}`}>
              <StepButton step={entry} isChosen={position === index} onChoose={() => setChosen(position)} />
            </li>
          ))}
        </ol>
        <div className={steps.detail}>
          <div className={classes.bar}>
            <strong>{step?.name}</strong>
            {step?.text && <span className={classes.fact}>{step.text}</span>}
            <span className={classes.push} />
            <SegmentedControl
              size="xs"
              aria-label="How to show it"
              value={view}
              onChange={value => setView(value)}
              data={[
                { value: 'side-by-side', label: 'Side by side' },
                { value: 'inline', label: 'Inline' },
                { value: 'result', label: 'Result' },
              ]}
            />
          </div>
          {step && <StepDetail step={step} view={view} />}
        </div>
      </div>
    </>
  )
}

type StepButtonProps = { readonly step: ComparedStep; readonly isChosen: boolean; readonly onChoose: () => void }

function StepButton({ step, isChosen, onChoose }: StepButtonProps): ReactElement {
  const Icon = outcomeIcons[step.outcome]
  return (
    <button type="button" className={steps.step} aria-pressed={isChosen} onClick={onChoose}>
      <span className={steps.icon} data-tone={outcomeTones[step.outcome]}>
        <Icon size={14} stroke={2.2} aria-hidden />
      </span>
      <span className={steps.words}>
        <span className={steps.name}>{step.name}</span>
        <span className={steps.kind}>
          {step.kind}, {outcomeWords[step.outcome]}
          {step.part > 0 && `, part ${step.part + 1}`}
          {step.changes > 0 && `, ${step.changes} changed`}
          {step.reshaped && ', new shape'}
        </span>
      </span>
    </button>
  )
}

function StepDetail({ step, view }: { readonly step: ComparedStep; readonly view: View }): ReactElement {
  if (step.after === null) {
    return (
      <EmptyState
        icon={outcomeIcons[step.outcome]}
        title={step.outcome === 'dropped' ? 'Dropped here' : 'Nothing to show'}
      >
        {step.text ?? 'This step looks at the message and leaves it as it is.'}
      </EmptyState>
    )
  }
  if (view === 'result' || step.before === null) {
    return <RawView text={step.after} showInvisible={false} label={`After ${step.name}`} />
  }
  if (step.changes === 0) {
    return (
      <EmptyState icon={IconCheck} title="Unchanged">
        {step.name} passed the message on as it was.
      </EmptyState>
    )
  }
  return <DiffView before={step.before} after={step.after} mode={view} label={`What ${step.name} changed`} />
}
