import { defineConfig } from 'vitepress'
import { decisions } from './decisions.ts'

/** The handbook. Nothing is fetched, neither when it is built nor when it is read: fonts and search are in the pages. */
export default defineConfig({
  title: 'Samband',
  description: 'The open-source healthcare integration platform',
  lang: 'en',
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ['README.md'],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/getting-started' },
      { text: 'Operations', link: '/operations/night-watch' },
      { text: 'Reference', link: '/reference/configuration' },
      { text: 'Decisions', link: '/adr/' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Getting started', link: '/guide/getting-started' },
          { text: 'Routes', link: '/guide/routes' },
          { text: 'Testing routes', link: '/guide/testing' },
          { text: 'Connectors', link: '/guide/connectors' },
          { text: 'HL7 v2 messages', link: '/guide/hl7v2' },
          { text: 'Validating HL7 v2', link: '/guide/hl7-validation' },
          { text: 'FHIR resources', link: '/guide/fhir' },
          { text: 'HL7 v2 to FHIR', link: '/guide/mapping' },
          { text: 'The FHIR server', link: '/guide/fhir-server' },
          { text: 'The example hospital', link: '/guide/hospital' },
          { text: 'The console', link: '/console/' },
        ],
      },
      {
        text: 'Concepts',
        items: [
          { text: 'Three floors', link: '/concepts/floors' },
          { text: 'The life of a message', link: '/concepts/life-of-a-message' },
          { text: 'Lanes and order', link: '/concepts/lanes' },
          { text: 'Errors', link: '/concepts/errors' },
        ],
      },
      {
        text: 'Operations',
        items: [
          { text: 'Dead letters at 03:00', link: '/operations/night-watch' },
          { text: 'Installing for production', link: '/operations/production' },
          { text: 'Deploying routes', link: '/operations/deploying' },
          { text: 'Several processes, several machines', link: '/operations/scaling' },
          { text: 'Environments and secrets', link: '/operations/environments-and-secrets' },
          { text: 'Backup, keys and recovery', link: '/operations/backup' },
          { text: 'Retention', link: '/operations/retention' },
          { text: 'Search parameters and reindexing', link: '/operations/reindexing' },
          { text: 'Upgrading', link: '/operations/upgrade' },
          { text: 'Security and privacy', link: '/operations/security' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Configuration', link: '/reference/configuration' },
          { text: 'Command line', link: '/reference/cli' },
          { text: 'HTTP API', link: '/reference/http-api' },
          { text: 'Benchmarks', link: '/reference/benchmarks' },
          { text: 'HL7 v2 findings', link: '/reference/hl7-validation-findings' },
        ],
      },
      { text: 'Decisions', collapsed: true, items: decisions() },
    ],
  },
})
