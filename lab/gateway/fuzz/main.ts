import { parseArgs } from 'node:util'

import { oneCase, runCampaign } from './campaign.ts'

// npm run fuzz -- gateway [--cases N] [--seed S] [--case NUMBER]
// Streams of requests and answers, through our reader and llhttp. Prints what is against the law, and ends with 1 if anything is.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
  },
})
const [cases, seed] = [Number(values.cases), Number(values.seed)]
if (
  positionals.join() !== 'gateway' ||
  !Number.isSafeInteger(cases) ||
  !Number.isSafeInteger(seed)
) {
  console.error('usage: npm run fuzz -- gateway [--cases N] [--seed S] [--case NUMBER]')
  process.exit(64)
}

if (values.case !== undefined) {
  const { stream, verdict } = oneCase(seed, Number(values.case))
  console.log(`${JSON.stringify(stream)}\n${verdict.wrong ?? 'as it should be'}`)
  process.exit(verdict.wrong === undefined ? 0 : 1)
}

const began = performance.now()
const tell = (done: number): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${done} of ${cases}`)
}
const result = runCampaign(seed, cases, tell)
if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
for (const { number, stream, says } of result.wrong)
  console.log(`case ${number}: ${says}\n  ${JSON.stringify(stream)}`)
console.log(
  `seed ${seed}: ${result.cases} streams in ${((performance.now() - began) / 1000).toFixed(0)} s; ${result.taken} messages taken, ${result.refusedStreams} streams refused, ${result.wrong.length} against the law`,
)
process.exitCode = result.wrong.length > 0 ? 1 : 0
