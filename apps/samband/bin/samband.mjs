#!/usr/bin/env node
// Plain JavaScript that any Node since 12 can read, so that a Node that is too old gets one clear line instead of a
// syntax error. Everything else is TypeScript, which Node runs directly since 22.18.

const [major, minor] = process.versions.node.split('.').map(Number)
const wantedMajor = 22
const wantedMinor = 18

if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  process.stderr.write(
    `samband: Node ${wantedMajor}.${wantedMinor} or newer is needed, this is ${process.versions.node}: use "npm start" or "npm run samband --", which bring their own\n`,
  )
  process.exitCode = 3
} else {
  // Keeps what was compiled, TypeScript included, for the next start: half a second less (measured on two cores).
  const module = await import('node:module')
  module.enableCompileCache?.()
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
}
