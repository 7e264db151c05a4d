/** Whether a version such as `2.5.1` is at least `major.minor`. What is no version counts as the newest. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const match = /^(\d{1,4})\.(\d{1,4})/.exec(version)
  if (match === null) return true
  const [found, foundMinor] = [Number(match[1]), Number(match[2])]
  return found > major || (found === major && foundMinor >= minor)
}
