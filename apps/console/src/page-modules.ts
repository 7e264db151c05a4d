/** Each page is a file of its own, loaded when it is opened. */
export const pageModules = {
  login: () => import('./pages/login/login-page.tsx'),
  overview: () => import('./pages/overview/overview-page.tsx'),
  messages: () => import('./pages/messages/messages-page.tsx'),
  message: () => import('./pages/message/message-page.tsx'),
  deadLetters: () => import('./pages/dead-letters/dead-letters-page.tsx'),
  refusals: () => import('./pages/refusals/refusals-page.tsx'),
  routes: () => import('./pages/routes/routes-page.tsx'),
  route: () => import('./pages/route/route-page.tsx'),
  jobs: () => import('./pages/jobs/jobs-page.tsx'),
  settings: () => import('./pages/settings/settings-page.tsx'),
} as const

/**
 * Loads what is left while nobody waits, so that the console goes on working page by page through a network that fails
 * and through an upgrade of the server, after which the old files are gone. What fails now is asked for again later.
 */
export async function warmPages(): Promise<void> {
  const others = [...Object.values(pageModules), () => import('./pages/message/edit-dialog.tsx')]
  for (const load of others) await load().catch(() => undefined)
}
