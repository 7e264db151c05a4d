/**
 * Pictures of every page for the handbook, from a running server:
 * `node scripts/screenshots.ts http://127.0.0.1:4173 --user admin --password … [--out folder] [--dark] [--width 1440 --height 900]`
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/browser.ts'
import { toPalette } from './png-palette.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    user: { type: 'string', default: 'admin' },
    password: { type: 'string', default: process.env.SAMBAND_PASSWORD ?? 'samband' },
    out: { type: 'string', default: fileURLToPath(new URL('../../../docs/public/screenshots', import.meta.url)) },
    dark: { type: 'boolean', default: false },
    width: { type: 'string', default: '1440' },
    height: { type: 'string', default: '900' },
    only: { type: 'string' },
  },
})
const [base] = positionals
if (!base) throw new Error('usage: node scripts/screenshots.ts <server url>')

/** Long enough for fonts, the first status and some dots on the map. */
const SETTLE_MS = 2_600
const { out } = values
await mkdir(out, { recursive: true })
const viewport = { width: Number(values.width), height: Number(values.height) }
const { context, close } = await openBrowser(viewport, values.dark ? 'dark' : 'light')
const page = context.pages()[0] ?? (await context.newPage())
page.on('console', message => message.type() === 'error' && console.error(`console: ${message.text()}`))
try {
  await page.goto(`${base}/login`)
  await page.getByLabel('User name').fill(values.user)
  await shoot(page, 'login')
  await page.getByRole('textbox', { name: 'Password' }).fill(values.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await shoot(page, 'overview')
  await visit(page, '/messages', 'messages')
  const message = await findMessage(page)
  for (const tab of ['raw', 'tree', 'steps', 'timeline']) await visit(page, `${message}?tab=${tab}`, `message-${tab}`)
  await visit(page, '/dead-letters', 'dead-letters', async () => {
    const group = page.locator('article button[aria-expanded]').first()
    if (await group.count()) await group.click()
  })
  await visit(page, '/refusals', 'refusals')
  await visit(page, '/routes', 'routes')
  await visit(page, await findRoute(page), 'route')
  await visit(page, '/jobs', 'jobs')
} finally {
  await close()
}

async function visit(on: Page, path: string, name: string, prepare?: () => Promise<void>): Promise<void> {
  if (values.only && values.only !== name) return
  await on.goto(base + path)
  await on.locator('main h1').waitFor()
  await on.waitForTimeout(700)
  await prepare?.()
  await shoot(on, name)
}

async function shoot(on: Page, name: string): Promise<void> {
  if (values.only && values.only !== name) return
  await on.mouse.move(2, 2)
  await on.waitForTimeout(SETTLE_MS)
  const png = toPalette(await on.screenshot())
  await writeFile(join(out, `${name}.png`), png)
  console.log(`${name}.png ${Math.round(png.length / 1_000)} kB`)
}

/** A result if there is one: it has the most to show. */
async function findMessage(on: Page): Promise<string> {
  for (const search of ['?type=ORU%5ER01', '']) {
    await on.goto(`${base}/messages${search}`)
    const link = on.locator('[role=row] a[href^="/messages/"]').first()
    const found = await link.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    )
    if (found) return (await link.getAttribute('href')) ?? '/messages'
  }
  throw new Error('there are no messages to take pictures of')
}

async function findRoute(on: Page): Promise<string> {
  await on.goto(`${base}/routes`)
  const link = on.locator('a[href^="/routes/"]').first()
  await link.waitFor()
  return (await link.getAttribute('href')) ?? '/routes'
}
