import { cpus, release, totalmem } from 'node:os'

import type { Benchmark, BenchmarkResult } from './benchmark.ts'
import type { Figures, Summary } from './measure.ts'
import { table } from './table.ts'

/** What `--json` prints: one object, ours beside the peers, and the ratios of the same run. */
export function jsonReport(name: string, quick: boolean, result: BenchmarkResult): string {
  const { ours, peers, ratios, missing, notes } = result
  return JSON.stringify(
    { name, quick, machine: machine(), ours, peers, ratios, missing, notes },
    null,
    2,
  )
}

/** The same for a person: a line for each case, and what a figure of ours has no peer for. */
export function textReport(
  name: string,
  quick: boolean,
  benchmark: Benchmark,
  result: BenchmarkResult,
): string {
  const peers = Object.keys(result.peers)
  const heading = [
    'case',
    'unit',
    'better',
    'ours',
    ...peers.flatMap((peer) => [peer, 'ours ÷ it']),
  ]
  const rows = Object.entries(benchmark.cases)
    .filter(([label]) => result.ours[label] !== undefined)
    .map(([label, { unit, better }]) => [
      label,
      unit,
      better,
      show(result.ours[label]),
      ...peers.flatMap((peer) => [
        show(result.peers[peer]?.[label]),
        show(result.ratios[peer]?.[label]),
      ]),
    ])
  const others = flat(result.ours)
    .filter(([label]) => !Object.hasOwn(benchmark.cases, label.split('.')[0] ?? ''))
    .map(([label, value]) => `${label}: ${value}`)
  const { processors, model, memoryMiB, node } = machine()
  return [
    `${name}: ${benchmark.says}`,
    `${processors} × ${model}, ${memoryMiB} MiB, Node ${node}; medians, in brackets the lowest and highest round`,
    ...(quick ? ['QUICK: too few rounds to quote; it only shows that the benchmark runs'] : []),
    '',
    table([heading, ...rows]),
    ...(others.length ? ['', ...others] : []),
    ...Object.entries(result.missing ?? {}).map(([peer, why]) => `\n${peer} took no part: ${why}`),
    ...(result.notes ?? []).map((note) => `\n${note}`),
  ].join('\n')
}

const isSummary = (figure: number | Summary | Figures): figure is Summary =>
  typeof figure === 'object' &&
  typeof figure['median'] === 'number' &&
  typeof figure['low'] === 'number'

function show(figure: number | Summary | Figures | undefined): string {
  if (figure === undefined) return '-'
  if (typeof figure === 'number') return String(figure)
  if (!isSummary(figure)) return '…'
  return figure.samples > 1
    ? `${figure.median} (${figure.low}…${figure.high})`
    : String(figure.median)
}

function flat(figures: Figures, prefix = ''): (readonly [string, string])[] {
  return Object.entries(figures).flatMap(([name, figure]) =>
    typeof figure === 'number' || isSummary(figure)
      ? [[`${prefix}${name}`, show(figure)] as const]
      : flat(figure, `${prefix}${name}.`),
  )
}

const machine = () => ({
  processors: cpus().length,
  model: cpus()[0]?.model.trim() || 'processor of unknown model',
  memoryMiB: Math.round(totalmem() / 1024 / 1024),
  kernel: release(),
  node: process.versions.node,
})
