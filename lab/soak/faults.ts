import { parseArgs } from 'node:util'

import { saySequences } from './say.ts'
import { sequence, type SequenceReport } from './sequence.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 30)) },
    count: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(
    'npm run faults -- [--seed N] [--count 1]\n' +
      'Sequences of faults and kills, each of its seed; with a count, those of the seeds that follow.\n',
  )
} else {
  const started = performance.now()
  const reports: SequenceReport[] = []
  for (let i = 0; i < Number(values.count); i++) {
    const report = await sequence(Number(values.seed) + i)
    reports.push(report)
    if (values.count === '1') process.stdout.write(`${report.story.join('\n')}\n`)
  }
  process.stdout.write(`${saySequences(reports, (performance.now() - started) / 1000)}\n`)
  process.exitCode = reports.some(({ violations }) => violations.length > 0) ? 1 : 0
}
// What was killed never ends.
process.exit()
