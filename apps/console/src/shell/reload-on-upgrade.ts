const RELOADED_AT_KEY = 'samband-reloaded-at'
const AGAIN_AFTER_MS = 30_000

/**
 * After an upgrade of the server, a tab that was open asks for page files that are gone: it loads itself anew. Once, as
 * a file that is missing for another reason would make it reload for ever.
 */
export function reloadOnUpgrade(): void {
  window.addEventListener('vite:preloadError', event => {
    const lastMs = Number(sessionStorage.getItem(RELOADED_AT_KEY) ?? 0)
    if (Date.now() - lastMs < AGAIN_AFTER_MS) return
    event.preventDefault()
    sessionStorage.setItem(RELOADED_AT_KEY, String(Date.now()))
    window.location.reload()
  })
}
