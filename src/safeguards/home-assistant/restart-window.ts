import type { Desired, Observed } from './types.ts'

/** Whether Home Assistant may be restarted at this minute. A window may go over midnight. */
export function mayRestart(
  { restartWindow: window }: Pick<Desired, 'restartWindow'>,
  { minuteOfDay: minute }: Pick<Observed, 'minuteOfDay'>,
): boolean {
  if (window === undefined) return true
  const { from, to } = window
  return from <= to ? from <= minute && minute < to : from <= minute || minute < to
}

export const describeWindow = ({ restartWindow: window }: Pick<Desired, 'restartWindow'>): string =>
  window === undefined ? 'at once' : `between ${time(window.from)} and ${time(window.to)}`

const time = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
