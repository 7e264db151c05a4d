import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds an API: the fixture server unless told. */
const apiTarget = process.env.SAMBAND_CONSOLE_API ?? 'http://127.0.0.1:4173'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // Fonts and icons stay files: a data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: apiTarget } } },
})
