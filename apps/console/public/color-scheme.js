// Runs before the first paint, so that a dark console never flashes white. A file, not an inline script, for the CSP.
;(() => {
  let chosen = 'auto'
  try {
    chosen = localStorage.getItem('samband-color-scheme') || 'auto'
  } catch {
    // Storage may be forbidden; the machine's preference is used then.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
