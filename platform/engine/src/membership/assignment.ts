/**
 * Who should own which lane: a pure function, so that processes which see the same rows agree without talking.
 *
 * Every member gets `floor` or `ceil` of lanes / members; no more lanes move than that needs. Of the members that have more
 * than `floor`, those with the lowest number keep the one more: which of them it is does not change while lanes move, so
 * that a plan half carried out leads to the same end.
 *
 * @param members numbers of those that take lanes
 * @param current the owner of each lane; undefined, or no member: free
 * @returns the owner that each lane should have; undefined when there are no members
 */
export function assignLanes(
  members: readonly number[],
  current: readonly (number | undefined)[],
): readonly (number | undefined)[] {
  if (members.length === 0) return current.map(() => undefined)
  const targets = targetsOf(members, current)
  const room = new Map(targets)
  const assigned = current.map(owner => {
    const left = owner === undefined ? 0 : (room.get(owner) ?? 0)
    if (owner === undefined || left === 0) return undefined
    room.set(owner, left - 1)
    return owner
  })
  const takers = [...room].flatMap(([member, left]) => Array<number>(left).fill(member))
  let next = 0
  return assigned.map(owner => {
    if (owner !== undefined) return owner
    next += 1
    return takers[next - 1]
  })
}

/** How many lanes each should have, in ascending order of members. */
function targetsOf(members: readonly number[], current: readonly (number | undefined)[]): ReadonlyMap<number, number> {
  const sorted = [...new Set(members)].sort((a, b) => a - b)
  const counts = new Map<number, number>()
  for (const owner of current) if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  const floor = Math.floor(current.length / sorted.length)
  const hasMore = (member: number): boolean => (counts.get(member) ?? 0) > floor
  const inOrder = [...sorted.filter(hasMore), ...sorted.filter(member => !hasMore(member))]
  const oneMore = new Set(inOrder.slice(0, current.length - floor * sorted.length))
  return new Map(sorted.map(member => [member, oneMore.has(member) ? floor + 1 : floor]))
}
