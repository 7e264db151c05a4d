import type { MessageFacts } from '../message-reader.ts'
import type { Made } from '../route-intake.ts'

/** What processes ask of each other. Numbers stand in frames, so they never change. */
export const peerMethods = { submit: 1, act: 2, status: 3 } as const

/** A message for the owner of its lane; the body is the frame's. */
export type SubmitHeader = {
  readonly route: string
  readonly lane: number | null
  readonly peer: string
  readonly attributes: Readonly<Record<string, string>>
  readonly facts: MessageFacts
  readonly made?: Made | undefined
}

/** Longer than a commit may take before its sender is told no. */
export const peerTimeoutMs = 15_000
