import type { SoakReport } from './soak.ts'

export const saySoak = (seed: number, report: SoakReport): string =>
  [
    `seed ${seed}: ${report.days} days with certificates of ${report.life} days in ${report.seconds.toFixed(0)} s`,
    `${report.happened} things happened, ${report.certificates} certificates, ${report.limited} refused by a limit`,
    `heap at each tenth: ${report.heapMiB.join(' ')} MiB`,
    ...(report.violations.length === 0 ? ['every law held'] : report.violations),
  ].join('\n')
