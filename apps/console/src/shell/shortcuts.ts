import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

const CHORD_MS = 1_200

const destinations = {
  o: '/',
  m: '/messages',
  d: '/dead-letters',
  f: '/refusals',
  r: '/routes',
  j: '/jobs',
  s: '/settings',
} as const

/** What the help shows; the table pages add their own j/k/Enter. */
export const shortcutHelp: readonly (readonly [keys: string, does: string])[] = [
  ['Ctrl K', 'Go to a page, a route or a message'],
  ['/', 'Search on this page'],
  ['g o', 'Overview'],
  ['g m', 'Messages'],
  ['g d', 'Dead letters'],
  ['g f', 'Refusals'],
  ['g r', 'Routes'],
  ['g j', 'Jobs'],
  ['j  k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close a dialog'],
  ['?', 'This help'],
]

export type Shortcuts = {
  readonly paletteOpened: boolean
  readonly openPalette: () => void
  readonly closePalette: () => void
}

/** Keys that work everywhere, except while someone types. A page's search field is the one marked `data-search`. */
export function useShortcuts(): Shortcuts {
  const navigate = useNavigate()
  const [paletteOpened, setPaletteOpened] = useState(false)
  useEffect(() => {
    let chordUntilMs = 0
    const onKeyDown = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setPaletteOpened(opened => !opened)
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (event.timeStamp < chordUntilMs && isDestination(event.key)) {
        chordUntilMs = 0
        event.preventDefault()
        void navigate({ to: destinations[event.key] })
      } else if (event.key === 'g') {
        chordUntilMs = event.timeStamp + CHORD_MS
      } else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('main [data-search]')
        if (!field) return
        event.preventDefault()
        field.focus()
        field.select()
      } else if (event.key === '?') {
        void navigate({ to: '/settings', hash: 'keys' })
      }
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [navigate])
  return {
    paletteOpened,
    openPalette: () => setPaletteOpened(true),
    closePalette: () => setPaletteOpened(false),
  }
}

function isDestination(key: string): key is keyof typeof destinations {
  return key in destinations
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || inDialog(target)
}

const inDialog = (target: HTMLElement): boolean => target.closest('[role="dialog"]') !== null
