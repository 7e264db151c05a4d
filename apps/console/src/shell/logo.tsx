import type { ReactElement } from 'react'

/** Two ends and what joins them. */
export function Logo({ size = 26 }: { readonly size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="9" fill="#0b7a75" />
      <path d="M7 22c5 0 5-12 9-12s4 12 9 12" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="7" cy="22" r="3" fill="#fff" />
      <circle cx="25" cy="22" r="3" fill="#fff" />
      <circle cx="16" cy="10" r="3" fill="#7ff0df" />
    </svg>
  )
}
