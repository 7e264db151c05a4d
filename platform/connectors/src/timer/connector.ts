import type { Connector } from '@samband/engine'
import type { TimerSourceConfig } from './config.ts'
import { timerSource } from './source.ts'

export const timerConnector: Connector<TimerSourceConfig, never> = Object.freeze({ name: 'timer', source: timerSource })
