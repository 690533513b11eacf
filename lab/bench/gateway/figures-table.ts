import type { Benchmark } from '../benchmark.ts'
import type { Figures, Summary } from '../measure.ts'
import { goals } from './goals.ts'

/** What `npm run bench -- gateway --json` prints, as far as it is needed here. */
export type Report = {
  readonly name: string
  readonly quick: boolean
  readonly machine: { readonly processors: number; readonly model: string; readonly node: string }
  readonly ours: Figures
  readonly peers: Readonly<Record<string, Figures>>
  readonly ratios: Readonly<Record<string, Readonly<Record<string, Summary>>>>
  readonly notes?: readonly string[]
}

/** The run as tables of Markdown: each case beside its goal, then memory and the change of the certificate. */
export function figuresTable(report: Report, cases: Benchmark['cases']): string {
  const { machine, ours, peers, ratios } = report
  const names = Object.keys(peers)
  const measured = Object.entries(cases).filter(([name]) => ours[name] !== undefined)
  const speed = markdown([
    ['case', 'goal: ours ÷ nginx', 'ours', ...names.map((name) => `ours ÷ ${name}`)],
    ...measured.map(([name, { unit, better }]) => [
      name,
      goals[name] === undefined ? '' : `${better === 'lower' ? '≤' : '≥'} ${goals[name]}`,
      `${medianOf(ours[name])} ${unit}`,
      ...names.map((peer) => String(ratios[peer]?.[name]?.median ?? '')),
    ]),
  ])
  const rest = ['swapMs', 'idleRssMiB', 'afterLoadRssMiB', 'kibPerWebSocket']
  const besides = markdown([
    ['', 'ours', ...names],
    ...rest.map((name) => [
      name,
      ...[ours, ...Object.values(peers)].map((of) => medianOf(of[name])),
    ]),
  ])
  return [
    `${machine.processors} × ${machine.model}, Node ${machine.node}; medians of ${roundsOf(ours)} rounds.`,
    speed,
    besides,
    ...(report.notes ?? []).map((note) => `- ${note}`),
  ].join('\n\n')
}

const isSummary = (figure: number | Summary | Figures | undefined): figure is Summary =>
  typeof figure === 'object' && typeof figure['median'] === 'number'

const medianOf = (figure: number | Summary | Figures | undefined): string =>
  typeof figure === 'number' ? String(figure) : isSummary(figure) ? String(figure.median) : ''

const roundsOf = (ours: Figures): number =>
  Math.max(0, ...Object.values(ours).map((figure) => (isSummary(figure) ? figure.samples : 0)))

function markdown(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heading), line(heading.map(() => '---')), ...body.map(line)].join('\n')
}
