import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { ensureConsoleBuild } from '../scripts/ensure-build.mjs'
import { browserMissing, type OpenBrowser, openBrowser } from './browser.ts'
import { people } from './fixture/people.ts'
import { type FixtureServer, startFixtureServer } from './fixture-server.ts'

const person = people[3]
assert.ok(person)

describe('the console in a browser', { skip: browserMissing(), timeout: 180_000 }, () => {
  let server: FixtureServer
  let browser: OpenBrowser
  let page: Page
  let trouble: string[]

  before(async () => {
    await ensureConsoleBuild({ log: () => undefined })
    browser = await openBrowser({ width: 1440, height: 900 })
  })

  after(() => browser.close())

  beforeEach(async () => {
    server = await startFixtureServer({ messages: 900, still: true })
    trouble = []
    page = await browser.context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', message => {
      // The browser itself reports every answer of 4xx; a wrong password is one, and is meant here.
      if (message.type() === 'error' && !/status of 40[13]/.test(message.text())) trouble.push(message.text())
    })
    page.on('pageerror', error => trouble.push(String(error)))
    page.on('request', request => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) trouble.push(request.url())
    })
  })

  afterEach(async () => {
    await page.close()
    await browser.context.setOffline(false)
    await browser.context.clearCookies()
    await server.close()
    assert.deepEqual(trouble, [], 'no console error, and no request leaves the machine')
  })

  const signIn = async (path = '/', name = 'admin'): Promise<void> => {
    await page.goto(server.url + path)
    await page.getByLabel('User name').fill(name)
    await page.getByRole('textbox', { name: 'Password' }).fill('samband')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
  }

  const asked = (path: string): readonly unknown[] =>
    server.api.requests.filter(request => request.url === `/api/v1${path}`).map(request => request.body)

  const rows = (): Locator => page.getByRole('table', { name: 'Messages' }).locator('[data-index]')

  const newest = (filter: Parameters<FixtureServer['api']['store']['search']>[0]): number => {
    const [found] = server.api.store.search(filter).items
    assert.ok(found)
    return found.id
  }

  test('a wrong password is refused in words, the right one leads to where one wanted to go', async () => {
    await page.goto(`${server.url}/dead-letters`)
    await page.getByLabel('User name').fill('admin')
    await page.getByRole('textbox', { name: 'Password' }).fill('guess')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The name or the password is wrong.').waitFor()
    await page.getByRole('textbox', { name: 'Password' }).fill('samband')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  })

  test('the overview says what is broken, since when, and what to do', async () => {
    await signIn()
    const problem = page.getByRole('region', { name: 'Problems' }).getByRole('article').first()
    await problem.getByRole('heading', { name: /EHR inbox is unreachable.*for \d+ min/ }).waitFor()
    assert.match((await problem.textContent()) ?? '', /messages waiting.*ask its owner to start the receiver/)
    const map = page.getByRole('region', { name: 'Live map' })
    await map.getByText('not receiving').waitFor({ state: 'detached' })
    assert.equal(await map.locator('a[href^="/routes/"]').count(), 9)
    await map.getByRole('link', { name: /lab-results/ }).click()
    await page.getByRole('heading', { name: 'lab-results' }).waitFor()
    await page.getByRole('region', { name: 'Graph of lab-results' }).getByText('units-to-ucum').waitFor()
  })

  test('a message is found by its patient, whose id is sent but never in an address', async () => {
    await signIn('/messages')
    await page.getByLabel('Patient id').fill(person.nationalId)
    await page.getByText('that is all').waitFor()
    const found = server.api.store.search({ patientId: person.nationalId, limit: 500 }).items
    assert.ok(found.length > 0 && found.length <= 25, 'few enough that every row is drawn')
    assert.equal(await rows().count(), found.length)
    assert.ok(asked('/messages/search').some(body => (body as { patientId?: string }).patientId === person.nationalId))
    await rows().first().getByRole('link').click()
    await page.getByRole('region', { name: 'Message as received' }).getByText(person.nationalId).waitFor()
    assert.ok(!server.api.requests.some(request => request.url.includes(person.nationalId)))
    assert.ok(!page.url().includes(person.nationalId))
  })

  test('other filters live in the address, so that a search can be shared', async () => {
    await signIn('/messages')
    await page.getByLabel('Message type').fill('ORU^R01')
    await page.waitForURL(/type=ORU/)
    await page.getByRole('combobox', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Filtered' }).click()
    await page.waitForURL(/status=filtered/)
    await page.reload()
    await rows().first().waitFor()
    assert.match((await rows().first().textContent()) ?? '', /Filtered.*ORU\^R01/)
  })

  test('the live tail shows what comes, without a reload', async () => {
    await signIn('/messages')
    await page.getByRole('switch', { name: 'Live tail' }).click()
    const first = await rows().first().textContent()
    await page.waitForURL(/live=true/)
    server.api.store.arrive(new Date())
    await page.waitForFunction(
      before => document.querySelector('[role=table] [data-index="0"]')?.textContent !== before,
      first,
    )
  })

  test('a message shows its bytes, its tree, its steps and every answer', async () => {
    const id = newest({ route: 'lab-results', status: 'waiting' })
    await signIn(`/messages/${id}`)
    const raw = page.getByRole('region', { name: 'Message as received' })
    await raw.locator('[data-name="CR"]').first().waitFor()
    await raw.locator('[data-path="PID-3.4"]').first().hover()
    await page.getByText('PID-3.4', { exact: true }).waitFor()
    await page.getByRole('switch', { name: 'Show invisible characters' }).click()
    await raw.locator('[data-name="CR"]').first().waitFor({ state: 'detached' })

    await page.getByRole('tab', { name: 'Tree' }).click()
    await page.getByLabel('Search the tree').fill('kalium')
    await page.getByRole('treeitem', { name: /OBX-3\.2/ }).waitFor()
    await page.waitForURL(/tab=tree/)

    await page.getByRole('tab', { name: 'Steps' }).click()
    const diff = page.getByRole('region', { name: 'What units-to-ucum changed' })
    await diff.getByText('gram per desiliter', { exact: false }).waitFor()
    await page.getByText('Inline').click()
    await diff.getByText('gram per desiliter', { exact: false }).waitFor()

    await page.getByRole('tab', { name: 'Timeline' }).click()
    await page.getByRole('button', { name: 'Show what went out and the answer' }).first().click()
    const answer = page.getByRole('region', { name: 'The answer' }).last()
    await answer.locator('[data-name="VT"]').waitFor()
    await answer.getByText('MSA').waitFor()
  })

  test('a delivery is resent with a reason, which the timeline keeps', async () => {
    const id = newest({ route: 'adt-fan-out', status: 'delivered' })
    await signIn(`/messages/${id}`)
    await page.getByRole('button', { name: 'Resend', exact: true }).click()
    const dialog = page.getByRole('dialog')
    assert.ok(await dialog.getByRole('button', { name: 'Resend' }).isDisabled())
    await dialog.getByLabel('Reason').fill('LIS lost its disk')
    await dialog.getByRole('combobox', { name: 'Which delivery' }).click()
    await page.getByRole('option', { name: 'lis (delivered)' }).click()
    await dialog.getByRole('button', { name: 'Resend' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(asked(`/messages/${id}/resend`), [{ reason: 'LIS lost its disk', destination: 'lis', part: 0 }])
    await page.getByRole('tab', { name: 'Timeline' }).click()
    await page.getByText('“LIS lost its disk”').waitFor()
  })

  test('an edited message shows what changed before it goes, and keeps its line ends', async () => {
    const id = newest({ route: 'charges', status: 'dead' })
    await signIn(`/messages/${id}`)
    await page.getByRole('button', { name: 'Edit and resend' }).click()
    const dialog = page.getByRole('dialog')
    const editor = dialog.getByLabel('Message text')
    await dialog.getByText('Nothing changed yet').waitFor()
    await editor.fill((await editor.inputValue()).replace('RG1A', 'RG2B'))
    await dialog.getByText('1 line changed').waitFor()
    await dialog.getByRole('region', { name: 'What you changed' }).getByText('RG2B').waitFor()
    await dialog.getByLabel('Reason').fill('Tariff of this year')
    await dialog.getByRole('button', { name: 'Send the corrected message' }).click()
    await page.getByText('edited from').waitFor()
    const [body] = asked(`/messages/${id}/edit`) as readonly [{ bodyBase64: string }]
    const sent = Buffer.from(body.bodyBase64, 'base64').toString('latin1')
    const original = server.api.store.get(id)?.text ?? ''
    assert.equal(sent, original.replace('RG1A', 'RG2B'))
  })

  test('a group of dead letters is replayed after a dry run and a typed count', async () => {
    await signIn('/dead-letters')
    const group = page.getByRole('article', { name: /AE: unknown tariff code/ })
    const count = server.api.store.groups('charges')[0]?.count ?? 0
    await group.getByRole('button', { name: 'Replay…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`${count} messages`, { exact: true }).waitFor()
    await dialog.getByLabel('Reason').fill('Tariffs are loaded')
    const go = dialog.getByRole('button', { name: `Reprocess ${count} messages` })
    await dialog.getByLabel(/to confirm/).fill(String(count + 1))
    assert.ok(await go.isDisabled())
    await dialog.getByLabel(/to confirm/).fill(String(count))
    await go.click()
    await dialog.getByText('Done').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await group.waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await page.getByText('“Tariffs are loaded”').waitFor()
  })

  test('whoever may only read sees the actions, and why they are closed', async () => {
    const id = newest({ route: 'adt-fan-out', status: 'delivered' })
    await signIn(`/messages/${id}`, 'reader')
    const resend = page.getByRole('button', { name: 'Resend', exact: true })
    assert.equal(await resend.getAttribute('aria-disabled'), 'true')
    await page.keyboard.press('Tab')
    await resend.focus()
    await page.getByText('Your role (reader) may not replay messages.', { exact: false }).waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('dialog').count(), 0)
  })

  test('whoever may not read contents is told so instead of shown an error', async () => {
    await signIn('/', 'monitor')
    await page.goto(`${server.url}/messages/${newest({ route: 'adt-fan-out' })}`)
    await page.getByText('Contents are closed to you').waitFor()
    assert.ok(!server.api.requests.some(request => request.url.endsWith('/body')))
  })

  test('everything can be reached with the keyboard', async () => {
    await signIn()
    await page.locator('body').press('g')
    await page.keyboard.press('m')
    await page.getByRole('heading', { name: 'Messages' }).waitFor()
    await rows().first().waitFor()
    await page.keyboard.press('/')
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Patient id')
    await page.keyboard.press('Escape')
    await rows().first().focus()
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-index') === '2')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/messages\/\d+/)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /A page, a route/ }).fill('lab-res')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'lab-results' }).waitFor()
  })

  test('the dark scheme is chosen once and is there before the next first paint', async () => {
    await signIn('/settings')
    await page.getByText('Dark', { exact: true }).click()
    const scheme = (): Promise<string | null> =>
      page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'))
    assert.equal(await scheme(), 'dark')
    await page.goto(`${server.url}/`, { waitUntil: 'commit' })
    await page.locator('body').waitFor({ state: 'attached' })
    assert.equal(await scheme(), 'dark')
    await page.evaluate(() => localStorage.clear())
  })

  test('old numbers never pass for live ones: a lost feed says how old they are', async () => {
    await signIn()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.context().setOffline(true)
    server.api.close()
    await page.getByText('No contact with the Samband server.').waitFor({ timeout: 12_000 })
    trouble = trouble.filter(line => !/ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE|ERR_NETWORK/.test(line))
  })

  test('a refusal shows what came, and only to who may read contents', async () => {
    await signIn('/refusals')
    await page.getByRole('table', { name: 'Refusals' }).locator('[data-index]').first().click()
    await page.getByRole('region', { name: 'What came' }).getByText('TEST').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'What came' }).waitFor({ state: 'detached' })
    await browser.context.clearCookies()
    await signIn('/refusals', 'monitor')
    await page.getByRole('table', { name: 'Refusals' }).locator('[data-index]').first().click()
    await page.getByText(/may not read message contents/).waitFor()
  })

  test('nothing sticks out on a narrow screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await signIn()
    const id = newest({ route: 'lab-results' })
    for (const path of [
      '/',
      '/messages',
      `/messages/${id}`,
      '/dead-letters',
      '/refusals',
      '/routes',
      '/routes/lab-results',
      '/jobs',
    ]) {
      await page.goto(server.url + path)
      await page.locator('main h1').waitFor()
      const excess = await page.evaluate(() => {
        const main = document.querySelector('main')
        return Math.max(
          document.documentElement.scrollWidth - window.innerWidth,
          main ? main.scrollWidth - main.clientWidth : 0,
        )
      })
      assert.ok(excess <= 0, `${path} is ${excess} px too wide`)
    }
  })
})

describe('the console of a large hospital', { skip: browserMissing(), timeout: 60_000 }, () => {
  test('a hundred routes are one screen of owners, which open on demand', async () => {
    await ensureConsoleBuild({ log: () => undefined })
    const server = await startFixtureServer({ routes: 100, messages: 200 })
    const browser = await openBrowser({ width: 1440, height: 900 }, 'dark')
    try {
      const page = await browser.context.newPage()
      await page.goto(server.url)
      await page.getByLabel('User name').fill('admin')
      await page.getByRole('textbox', { name: 'Password' }).fill('samband')
      await page.getByRole('button', { name: 'Sign in' }).click()
      const map = page.getByRole('region', { name: 'Live map' })
      const team = map.getByRole('button', { name: /team-finance/ })
      await team.waitFor()
      assert.equal(await map.locator('a[href^="/routes/"]').count(), 0)
      await team.click()
      await map
        .getByRole('link', { name: /charges-nord|charges-sør/ })
        .first()
        .waitFor()
      await map.getByLabel('Find a system or a route on the map').fill('dispenses-fjord')
      await map.getByRole('link', { name: /dispenses-fjord/ }).waitFor()
    } finally {
      await browser.close()
      await server.close()
    }
  })
})
