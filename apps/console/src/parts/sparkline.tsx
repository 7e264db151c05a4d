import type { ReactElement } from 'react'

type SparklineProps = {
  readonly values: readonly number[]
  readonly width: number
  readonly height: number
  readonly color?: string
  /** The scale's top, so that a quiet route does not look like a busy one; the values' own maximum unless told. */
  readonly max?: number
}

/** A small curve without axes; the number beside it says the value, so it is hidden from screen readers. */
export function Sparkline({ values, width, height, color = 'var(--sb-accent)', max }: SparklineProps): ReactElement {
  const top = Math.max(max ?? 0, ...values, 0.2)
  const step = width / Math.max(1, values.length - 1)
  const y = (value: number): number => height - 1.5 - (value / top) * (height - 3)
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${y(value).toFixed(1)}`)
  const line = points.length > 1 ? `M${points.join(' L')}` : ''
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden focusable="false">
      {line === '' ? (
        <path d={`M0,${height - 1.5} L${width},${height - 1.5}`} stroke="var(--sb-line-strong)" strokeDasharray="2 4" />
      ) : (
        <>
          <path d={`${line} L${width},${height} L0,${height} Z`} fill={color} opacity={0.12} />
          <path d={line} fill="none" stroke={color} strokeWidth={1.5} strokeLinejoin="round" strokeLinecap="round" />
        </>
      )}
    </svg>
  )
}
