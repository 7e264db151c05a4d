import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { queryClient } from './api/query-client.ts'
import { sessionKey, sessionQuery } from './api/session.ts'
import { type MessageFilter, parseMessageFilter } from './model/message-filter.ts'
import { type MessageTab, messageTabs } from './model/message-tabs.ts'
import { pageModules } from './page-modules.ts'
import { RouteError } from './shell/route-error.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ component: Outlet })

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' && isLocalPath(search['next']) ? { next: search['next'] } : {},
  component: lazyRouteComponent(pageModules.login, 'LoginPage'),
})

/** Everything behind the login. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery)
    if (!session) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } })
  },
  component: Shell,
})

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  component: lazyRouteComponent(pageModules.overview, 'OverviewPage'),
})

const messages = createRoute({
  getParentRoute: () => app,
  path: '/messages',
  validateSearch: (search: Record<string, unknown>): MessageFilter => parseMessageFilter(search),
  component: lazyRouteComponent(pageModules.messages, 'MessagesPage'),
})

const message = createRoute({
  getParentRoute: () => app,
  path: '/messages/$id',
  validateSearch: (search: Record<string, unknown>): { tab?: MessageTab } => {
    const tab = messageTabs.find(candidate => candidate === search['tab'])
    return tab ? { tab } : {}
  },
  component: lazyRouteComponent(pageModules.message, 'MessagePage'),
})

const deadLetters = createRoute({
  getParentRoute: () => app,
  path: '/dead-letters',
  validateSearch: routeFilter,
  component: lazyRouteComponent(pageModules.deadLetters, 'DeadLettersPage'),
})

const refusals = createRoute({
  getParentRoute: () => app,
  path: '/refusals',
  validateSearch: routeFilter,
  component: lazyRouteComponent(pageModules.refusals, 'RefusalsPage'),
})

const routes = createRoute({
  getParentRoute: () => app,
  path: '/routes',
  component: lazyRouteComponent(pageModules.routes, 'RoutesPage'),
})

const route = createRoute({
  getParentRoute: () => app,
  path: '/routes/$name',
  component: lazyRouteComponent(pageModules.route, 'RoutePage'),
})

const jobs = createRoute({
  getParentRoute: () => app,
  path: '/jobs',
  component: lazyRouteComponent(pageModules.jobs, 'JobsPage'),
})

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(pageModules.settings, 'SettingsPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    app.addChildren([overview, messages, message, deadLetters, refusals, routes, route, jobs, settings]),
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: RouteError,
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

// A session that ended (signed out, expired, or ended elsewhere) leads to the login wherever one is.
queryClient.getQueryCache().subscribe(event => {
  if (event.type !== 'updated' || event.query.queryKey[0] !== sessionKey[0]) return
  if (event.query.state.data === null && router.state.location.pathname !== '/login') void router.invalidate()
})

function routeFilter(search: Record<string, unknown>): { route?: string } {
  return typeof search['route'] === 'string' && search['route'] !== '' ? { route: search['route'] } : {}
}

/** Only a path on this console: a crafted link must not lead a person who just signed in to another site. */
function isLocalPath(next: string): boolean {
  return /^\/(?![/\\])/.test(next)
}
