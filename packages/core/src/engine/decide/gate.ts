import type { EpochMillis } from '@machinepool/contract'

import type { RolloutControls } from './situation.ts'

/** Whether further instances may be replaced now. Drains that have begun always finish. */
export type Gate =
  | { readonly open: true }
  | {
      readonly open: false
      readonly reason: 'RolloutPaused' | 'AwaitingApproval' | 'OutsideMaintenanceWindow' | 'InvalidMaintenanceWindow'
      readonly message: string
      readonly opensAt?: EpochMillis
    }

export function rolloutGate(controls: RolloutControls, revision: string, now: EpochMillis): Gate {
  if (controls.paused) return { open: false, reason: 'RolloutPaused', message: 'the rollout is paused by annotation' }
  if (controls.approvalRequired && controls.approvedRevision !== revision) {
    return { open: false, reason: 'AwaitingApproval', message: `revision ${revision} waits for approval` }
  }
  if (controls.window === undefined) return { open: true }
  const windows = parseWindows(controls.window)
  if (typeof windows === 'string') return { open: false, reason: 'InvalidMaintenanceWindow', message: windows }
  if (windows.some((window) => isInside(window, now))) return { open: true }
  const opensAt = Math.min(...windows.map((window) => nextOpening(window, now)))
  return {
    open: false,
    reason: 'OutsideMaintenanceWindow',
    message: `the next maintenance window opens at ${new Date(opensAt).toISOString()}`,
    opensAt,
  }
}

/** Minutes since Sunday 00:00 UTC; the end may lie beyond the week's. */
interface Window {
  readonly start: number
  readonly length: number
}

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const minutesOfDay = 24 * 60
const minutesOfWeek = 7 * minutesOfDay
const windowText = /^(\S+)\s+([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/

/** The windows, or what is wrong with the text. A window whose end is not after its start ends on the next day. */
export function parseWindows(text: string): readonly Window[] | string {
  const windows: Window[] = []
  for (const part of text.split(';').map((one) => one.trim())) {
    const match = windowText.exec(part)
    const days = match?.[1] === undefined ? undefined : parseDays(match[1])
    if (!match || days === undefined) {
      return `maintenance window "${part}" is not of the form "Mon-Fri 22:00-04:00" (days: ${dayNames.join(', ')} or *, times in UTC)`
    }
    const from = Number(match[2]) * 60 + Number(match[3])
    const to = Number(match[4]) * 60 + Number(match[5])
    const length = to > from ? to - from : to + minutesOfDay - from
    windows.push(...days.map((day) => ({ start: day * minutesOfDay + from, length })))
  }
  return windows
}

function parseDays(text: string): readonly number[] | undefined {
  if (text === '*') return dayNames.map((_, day) => day)
  const days: number[] = []
  for (const part of text.split(',')) {
    const [from, to = from, ...rest] = part.split('-').map((name) => dayNames.indexOf(name))
    if (from === undefined || to === undefined || rest.length > 0 || from < 0 || to < 0) return undefined
    for (let day = from; ; day = (day + 1) % 7) {
      days.push(day)
      if (day === to) break
    }
  }
  return days
}

/** 1970-01-01 was a Thursday. */
function minuteOfWeek(at: EpochMillis): number {
  return (Math.floor(at / 60_000) + 4 * minutesOfDay) % minutesOfWeek
}

function isInside(window: Window, now: EpochMillis): boolean {
  return (minuteOfWeek(now) - window.start + minutesOfWeek) % minutesOfWeek < window.length
}

function nextOpening(window: Window, now: EpochMillis): EpochMillis {
  const minutes = (window.start - minuteOfWeek(now) + minutesOfWeek) % minutesOfWeek
  return Math.floor(now / 60_000) * 60_000 + minutes * 60_000
}
