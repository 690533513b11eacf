import { parseArgs } from 'node:util'

import { days } from '../../src/core/duration.ts'
import { saySoak } from './say.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    days: { type: 'string', default: '730' },
    life: { type: 'string', default: '45' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(
    'npm run soak -- [--seed N] [--days 730] [--life 45] [--verbose]\n' +
      'A home lives through so many days with certificates of so many, and with what the seed has happen to it.\n',
  )
} else {
  const seed = Number(values.seed)
  const report = await soak({
    seed,
    lasts: days(Number(values.days)),
    life: Number(values.life),
    ...(values.verbose ? { tell: (says: string) => void process.stderr.write(`${says}\n`) } : {}),
  })
  process.stdout.write(`${saySoak(seed, report)}\n`)
  process.exitCode = report.violations.length > 0 || report.limited > 0 ? 1 : 0
}
