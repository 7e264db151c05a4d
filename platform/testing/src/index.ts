export { chromiumPath, requireChromium } from './chromium.ts'
export { requireService, servicesAreRequired, type SkippableTest } from './require-service.ts'
export { requireShared } from './shared-data.ts'
