import { useReducedMotion } from '@mantine/hooks'
import { type ReactElement, useEffect, useRef } from 'react'
import { type PlacedEdge, pointAt } from '../../model/map-layout.ts'
import type { FlowState } from '../../model/map-model.ts'
import classes from './live-map.module.css'

/** How fast a message crosses the map; a matter of taste, not of latency. */
const SPEED_PX_PER_S = 110
/** A dot is a message up to this rate; above it the dots would be a line. */
const DOTS_PER_SECOND_MAX = 9
/** Thirty frames a second look the same for small dots and cost half. */
const FRAME_MS = 33
const QUEUE_DOTS_MAX = 18
const QUEUE_PITCH_PX = 6.5

type Stream = { dots: number[]; owed: number }

type FlowCanvasProps = {
  readonly edges: readonly PlacedEdge[]
  readonly width: number
  readonly height: number
  /** Ids that stay bright; null: all. */
  readonly related: ReadonlySet<string> | null
}

/**
 * The moving part of the map. Each edge emits dots at its real rate; where a receiver is broken they stop at the tail of
 * its queue, which grows with what waits. One canvas, so that a hundred edges cost no layout.
 */
export function FlowCanvas({ edges, width, height, related }: FlowCanvasProps): ReactElement {
  const canvasRef = useRef<HTMLCanvasElement>(null)
  const isStill = useReducedMotion()
  const sceneRef = useRef({ edges, related })
  sceneRef.current = { edges, related }

  useEffect(() => {
    const canvas = canvasRef.current
    const context = canvas?.getContext('2d')
    if (!canvas || !context) return
    const scale = window.devicePixelRatio || 1
    canvas.width = Math.round(width * scale)
    const streams = new Map<string, Stream>()
    let lastMs = performance.now()
    let frame = 0
    const draw = (nowMs: number): void => {
      frame = requestAnimationFrame(draw)
      if (nowMs - lastMs < FRAME_MS) return
      // A tab that slept must not emit an hour of dots at once.
      const elapsedS = Math.min(0.1, (nowMs - lastMs) / 1_000)
      lastMs = nowMs
      const colors = flowColors(canvas)
      const visible = visiblePart(canvas, height)
      place(canvas, visible, scale)
      context.setTransform(scale, 0, 0, scale, 0, -visible.top * scale)
      context.clearRect(0, visible.top, width, visible.height)
      for (const edge of sceneRef.current.edges) {
        if (!isWithin(edge, visible)) continue
        const { related: bright } = sceneRef.current
        context.globalAlpha = bright === null || bright.has(edge.id) ? 1 : 0.12
        context.fillStyle = colors[edge.state]
        const tail = drawQueue(context, edge, nowMs)
        if (!isStill) drawStream(context, edge, advance(streams, edge, elapsedS, tail))
      }
    }
    frame = requestAnimationFrame(draw)
    return () => cancelAnimationFrame(frame)
  }, [width, height, isStill])

  return <canvas ref={canvasRef} className={classes.canvas} style={{ width }} aria-hidden />
}

/** A part of the map by its height, in the map's own pixels. */
type Part = { readonly top: number; readonly height: number }

/** What of the map can be seen: a canvas as long as a hundred routes would cost more than everything on it. */
function visiblePart(canvas: HTMLCanvasElement, mapHeight: number): Part {
  const mapTop = canvas.parentElement?.getBoundingClientRect().top ?? 0
  const top = Math.min(Math.max(0, -mapTop), mapHeight)
  return { top, height: Math.max(1, Math.min(mapHeight, window.innerHeight - mapTop) - top) }
}

function place(canvas: HTMLCanvasElement, part: Part, scale: number): void {
  const pixels = Math.round(part.height * scale)
  // Setting the size clears and allocates: only when it changed.
  if (canvas.height !== pixels) {
    canvas.height = pixels
    canvas.style.height = `${part.height}px`
  }
  canvas.style.transform = `translateY(${part.top}px)`
}

function isWithin({ curve: { from, to } }: PlacedEdge, { top, height }: Part): boolean {
  return Math.max(from.y, to.y) >= top && Math.min(from.y, to.y) <= top + height
}

function flowColors(element: Element): Readonly<Record<FlowState, string>> {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  return {
    ok: token('--sb-accent'),
    idle: token('--sb-faint'),
    waiting: token('--sb-warn'),
    bad: token('--sb-bad'),
  }
}

/** Moves an edge's dots on and lets new ones leave. `tail` is how far along a dot may come. */
function advance(streams: Map<string, Stream>, edge: PlacedEdge, elapsedS: number, tail: number): readonly number[] {
  const stream = streams.get(edge.id) ?? { dots: [], owed: Math.random() }
  streams.set(edge.id, stream)
  const step = (SPEED_PX_PER_S * elapsedS) / Math.max(1, edge.lengthPx)
  stream.dots = stream.dots.map(position => position + step).filter(position => position < tail)
  stream.owed += Math.min(edge.perSecond, DOTS_PER_SECOND_MAX) * elapsedS
  if (stream.owed >= 1) {
    stream.owed %= 1
    stream.dots.push(0)
  }
  return stream.dots
}

function drawStream(context: CanvasRenderingContext2D, edge: PlacedEdge, dots: readonly number[]): void {
  for (const position of dots) {
    const { x, y } = pointAt(edge.curve, ease(position))
    context.beginPath()
    context.arc(x, y, 2.6, 0, Math.PI * 2)
    context.fill()
  }
}

/** Parameter for a position along the curve: near the ends equal parameter steps are shorter on the screen. */
function ease(position: number): number {
  return position + Math.sin(position * Math.PI * 2) * -0.03
}

/** The queue in front of a receiver, head first; answers where its tail is. */
function drawQueue(context: CanvasRenderingContext2D, edge: PlacedEdge, nowMs: number): number {
  if (edge.side === 'in' || edge.waiting === 0 || edge.state === 'ok') return 1
  const count = Math.min(QUEUE_DOTS_MAX, Math.max(1, Math.round(2 * Math.log2(1 + edge.waiting))))
  const breath = edge.state === 'bad' ? 0.75 + 0.25 * Math.sin(nowMs / 420) : 1
  const alpha = context.globalAlpha
  context.globalAlpha = alpha * breath
  let position = 1
  for (let index = 0; index < count; index++) {
    position = 1 - (10 + index * QUEUE_PITCH_PX) / Math.max(1, edge.lengthPx)
    if (position < 0.6) break
    const { x, y } = pointAt(edge.curve, position)
    context.beginPath()
    context.arc(x, y, 2.8, 0, Math.PI * 2)
    context.fill()
  }
  context.globalAlpha = alpha
  return position
}
