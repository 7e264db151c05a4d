import { Tooltip } from '@mantine/core'
import {
  IconActivityHeartbeat,
  IconMessages,
  IconPlayerTrackNext,
  IconRoute,
  IconSkull,
  IconUserCircle,
  IconZoomExclamation,
} from '@tabler/icons-react'
import { Link, Outlet } from '@tanstack/react-router'
import { type ReactElement, Suspense, useEffect } from 'react'
import { useFeedPart } from '../api/live-status.ts'
import { useSession } from '../api/session.ts'
import { formatCount } from '../model/format.ts'
import { problemsOf } from '../model/problems.ts'
import { warmPages } from '../page-modules.ts'
import { CommandPalette } from './command-palette.tsx'
import { FeedIndicator, FeedLostBanner } from './feed-indicator.tsx'
import { Logo } from './logo.tsx'
import classes from './shell.module.css'
import { useShortcuts } from './shortcuts.ts'

const pages = [
  { to: '/', label: 'Overview', short: 'Overview', key: 'o', icon: IconActivityHeartbeat },
  { to: '/messages', label: 'Messages', short: 'Messages', key: 'm', icon: IconMessages },
  { to: '/dead-letters', label: 'Dead letters', short: 'Dead', key: 'd', icon: IconSkull },
  { to: '/refusals', label: 'Refusals', short: 'Refused', key: 'f', icon: IconZoomExclamation },
  { to: '/routes', label: 'Routes', short: 'Routes', key: 'r', icon: IconRoute },
  { to: '/jobs', label: 'Jobs', short: 'Jobs', key: 'j', icon: IconPlayerTrackNext },
] as const

/** The first page and its numbers come first. */
const WARM_AFTER_MS = 1_500

export function Shell(): ReactElement {
  const session = useSession()
  const shortcuts = useShortcuts()
  useEffect(() => {
    const timer = setTimeout(() => void warmPages(), WARM_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <nav className={classes.nav} aria-label="Main">
        <Link to="/" className={classes.brand} aria-label="Samband, overview">
          <Logo />
          <span>Samband</span>
        </Link>
        <button type="button" className={classes.find} onClick={shortcuts.openPalette}>
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <ul className={classes.list}>
          {pages.map(page => (
            <li key={page.to}>
              <Tooltip label={`${page.label}  (g then ${page.key})`} position="right" openDelay={600}>
                <Link
                  to={page.to}
                  className={classes.item}
                  activeOptions={{ exact: page.to === '/', includeSearch: false }}
                  activeProps={{ 'data-active': true }}
                >
                  <page.icon size={18} stroke={1.8} aria-hidden />
                  <span className={classes.label}>{page.label}</span>
                  <span className={classes.short}>{page.short}</span>
                  <NavCount page={page.to} />
                </Link>
              </Tooltip>
            </li>
          ))}
          <li className={classes.you}>
            <Link to="/settings" className={classes.item} activeProps={{ 'data-active': true }}>
              <IconUserCircle size={18} stroke={1.8} aria-hidden />
              <span className={classes.label}>{session?.user ?? 'You'}</span>
              <span className={classes.short}>You</span>
            </Link>
          </li>
        </ul>
        <FeedIndicator />
      </nav>
      <main id="main" className={classes.main} tabIndex={-1}>
        <FeedLostBanner />
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
      <CommandPalette opened={shortcuts.paletteOpened} onClose={shortcuts.closePalette} />
    </div>
  )
}

/** What needs a look, beside the page where one looks. */
function NavCount({ page }: { readonly page: string }): ReactElement | null {
  const count = useFeedPart(({ status }) => {
    if (!status) return 0
    if (page === '/') return problemsOf(status).filter(problem => problem.severity === 'bad').length
    if (page === '/dead-letters') return status.deadLetters
    return 0
  })
  if (count === 0) return null
  return (
    <span className={classes.count} data-bad={page === '/' || undefined}>
      {formatCount(count)}
      <span className="sr-only">{page === '/' ? ' problems' : ' dead letters'}</span>
    </span>
  )
}
