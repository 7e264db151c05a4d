import { accessSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const executablePath = process.env.SAMBAND_CHROMIUM ?? '/usr/bin/chromium'

/** Why the browser tests cannot run here; false when they can. SAMBAND_TEST_SERVICES=required makes absence a failure. */
export function browserMissing(): string | false {
  try {
    accessSync(executablePath)
    return false
  } catch {
    if (process.env.SAMBAND_TEST_SERVICES === 'required') throw new Error(`${executablePath} is missing and required`)
    return `${executablePath} is missing: apt-get install chromium, or set SAMBAND_CHROMIUM`
  }
}

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type Viewport = { readonly width: number; readonly height: number }
export type OpenBrowser = { readonly context: BrowserContext; readonly close: () => Promise<void> }

/** A browser with its own empty profile, gone afterwards. */
export async function openBrowser(viewport: Viewport, colorScheme: 'light' | 'dark' = 'light'): Promise<OpenBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'samband-console-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args,
    viewport,
    colorScheme,
    locale: 'en-GB',
  })
  const close = async (): Promise<void> => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return { context, close }
}
