import type { SequenceReport } from './sequence.ts'
import type { SoakReport } from './soak.ts'

export const saySoak = (seed: number, report: SoakReport): string =>
  [
    `seed ${seed}: ${report.days} days with certificates of ${report.life} days in ${report.seconds.toFixed(0)} s`,
    `${report.happened} things happened, ${report.certificates} certificates, ${report.limited} refused by a limit`,
    `heap at each tenth: ${report.heapMiB.join(' ')} MiB`,
    ...(report.violations.length === 0 ? ['every law held'] : report.violations),
  ].join('\n')

export function saySequences(reports: readonly SequenceReport[], seconds: number): string {
  const hours = reports
    .map(({ convergedAfterHours }) => convergedAfterHours ?? Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a - b)
  const at = (part: number): string =>
    (hours[Math.floor((hours.length - 1) * part)] ?? 0).toFixed(2)
  const wrong = reports.filter(({ violations }) => violations.length > 0)
  return [
    `${reports.length} sequences from seed ${reports[0]?.seed ?? 0} in ${seconds.toFixed(0)} s; ${wrong.length} broke a law`,
    `as wished after the faults ended: median ${at(0.5)} h, 95 % ${at(0.95)} h, at most ${at(1)} h`,
    ...wrong.flatMap(({ seed, violations, story }) => [
      `--seed ${seed}: ${violations.join('; ')}`,
      ...story.map((says) => `  ${says}`),
    ]),
  ].join('\n')
}
